#include "actors/presence/batch.hpp"

#include <algorithm>
#include <map>

#include <nlohmann/json.hpp>

#include "actors/presence/entry.hpp"
#include "supervision/process/crash_report.hpp"
#include <bennu/actors/presence.hpp>
#include <bennu/supervision/telemetry.hpp>

namespace bennu::engine {

void guard_handler(caf::actor_system& system, std::string_view callback, const std::string& topic,
                   const std::function<void()>& f) {
  auto failed = [&](std::string_view why) {
    if (auto* events = telemetry::listening(system))
      events->emit("presence.handler_failed", {}, {{"callback", callback}, {"topic", topic}, {"text", why}});
  };
  try {
    f();
  } catch (...) {
    failed(exception_text());
  }
}

payload enriched_diff(caf::actor_system& system, presence_handler* handler, const std::string& topic, payload diff) {
  if (handler == nullptr || !diff.has_value())
    return diff;
  guard_handler(system, "fetch", topic, [&] {
    auto value = diff.value();
    for (const auto* side : {"joins", "leaves"})
      if (!value[side].empty())
        value[side] = handler->fetch(topic, std::move(value[side]));
    diff = value;
  });
  return diff;
}

namespace {

/// A source before and after the changes of one diff.
struct span {
  std::string key;
  const presence_meta* before = nullptr;
  const presence_meta* after = nullptr;
};

using spans = std::map<presence_source, span>;

void add(std::vector<spans>& diffs, const presence_change& change) {
  if (diffs.empty())
    diffs.emplace_back();
  if (!change.joined)
    if (const auto told = diffs.back().find(change.source); told != diffs.back().end() && told->second.after)
      diffs.emplace_back();
  const auto [pos, first] = diffs.back().try_emplace(change.source, span{change.key, nullptr, nullptr});
  auto& entry = pos->second;
  if (change.joined) {
    entry.after = &change.meta;
    return;
  }
  if (first)
    entry.before = &change.meta;
  entry.after = nullptr;
}

std::optional<counted_diff> encode(const spans& changed) {
  presence_groups joins;
  presence_groups leaves;
  for (const auto& [source, x] : changed) {
    if (x.before && x.after && *x.before == *x.after)
      continue; // the same presence again
    if (x.before)
      leaves[x.key].push_back(x.before);
    if (x.after)
      joins[x.key].push_back(x.after);
  }
  if (joins.empty() && leaves.empty())
    return std::nullopt;
  std::string text = "{\"joins\":";
  append_groups(text, joins);
  text += ",\"leaves\":";
  append_groups(text, leaves);
  text += '}';
  return counted_diff{payload::from_text(std::move(text)), joins.size(), leaves.size()};
}

} // namespace

std::vector<counted_diff> presence_diffs(const std::vector<const presence_change*>& changes) {
  std::vector<spans> folded;
  for (const auto* x : changes)
    add(folded, *x);
  std::vector<counted_diff> result;
  for (const auto& changed : folded)
    if (auto body = encode(changed))
      result.push_back(std::move(*body));
  return result;
}

std::vector<counted_diff> presence_batch::diffs() const {
  std::vector<const presence_change*> all;
  for (const auto& x : changes_)
    all.push_back(&x.change);
  return presence_diffs(all);
}

bool presence_batch::is_known_in_part(const presence_knowledge& x) const noexcept {
  return x.known >= changes_.front().number
         || std::any_of(changes_.begin(), changes_.end(), [&](auto& y) { return y.change.told_to == x.client; });
}

std::vector<payload> presence_batch::rest(const presence_knowledge& x) const {
  std::vector<const presence_change*> unknown;
  for (const auto& y : changes_)
    if (y.number > x.known && y.change.told_to != x.client)
      unknown.push_back(&y.change);
  std::vector<payload> result;
  for (auto& one : presence_diffs(unknown))
    result.push_back(enrich ? enrich(std::move(one.body)) : std::move(one.body));
  return result;
}

} // namespace bennu::engine
