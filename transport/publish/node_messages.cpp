#include "transport/publish/node_messages.hpp"

#include <algorithm>
#include <utility>

#include "actors/cluster/link/fields.hpp"

namespace bennu::engine {

namespace {

enum class kind : uint64_t { claim = 1, records = 2, scan = 3 };

std::string_view text_of(const digest& x) noexcept {
  return {reinterpret_cast<const char*>(x.data()), x.size()};
}

digest read_digest(field_reader& in) {
  digest result{};
  const auto text = in.text();
  if (text.size() == result.size())
    std::copy(text.begin(), text.end(), result.begin());
  else
    in.fail();
  return result;
}

idempotency_table::record read_record(field_reader& in) {
  constexpr uint64_t longest = 24 * 3'600'000; // so that no sum of times overflows
  idempotency_table::record result;
  result.key = read_digest(in);
  result.body = read_digest(in);
  result.accepted = in.number();
  result.age = std::chrono::milliseconds{std::min(in.number(), longest)};
  return result;
}

// As `topic_pattern` demands it.
std::string read_pattern(field_reader& in) {
  const auto text = in.text();
  if (text.empty() || text.find('*') < text.size() - 1)
    in.fail();
  return std::string{text};
}

void append(field_writer& out, const api_claim& x) {
  out.number(static_cast<uint64_t>(kind::claim))
    .text(x.holder.name)
    .number(x.holder.incarnation)
    .text(text_of(x.key))
    .text(text_of(x.body));
}

void append(field_writer& out, const api_records& x) {
  out.number(static_cast<uint64_t>(kind::records)).text(x.from.name).number(x.from.incarnation);
  out.number(x.wants_all ? 1 : 0).number(x.is_end ? 1 : 0).number(x.list.size());
  for (const auto& one : x.list)
    out.text(text_of(one.key))
      .text(text_of(one.body))
      .number(one.accepted)
      .number(static_cast<uint64_t>(one.age.count()));
}

void append(field_writer& out, const api_scan& x) {
  out.number(static_cast<uint64_t>(kind::scan)).text(x.prefix).text(x.after).number(x.limit).number(x.patterns.size());
  for (const auto& one : x.patterns)
    out.text(one);
}

} // namespace

std::string encode(const api_question& x) {
  std::string result;
  field_writer out{result};
  std::visit([&out](const auto& one) { append(out, one); }, x);
  return result;
}

std::string encode(const idempotency_table::verdict& x) {
  std::string result;
  field_writer{result}.number(static_cast<uint64_t>(x.what)).number(x.accepted);
  return result;
}

std::string encode(const topic_counts& x) {
  std::string result;
  field_writer out{result};
  out.number(x.size());
  for (const auto& [topic, count] : x)
    out.text(topic).number(count);
  return result;
}

std::optional<api_question> parse_api_question(std::string_view bytes) {
  field_reader in{bytes};
  api_question result;
  const auto what = static_cast<kind>(in.number());
  if (what == kind::claim) {
    api_claim x;
    x.holder = read_peer(in);
    x.key = read_digest(in);
    x.body = read_digest(in);
    result = std::move(x);
  } else if (what == kind::records) {
    api_records x;
    x.from = read_peer(in);
    x.wants_all = in.number() != 0;
    x.is_end = in.number() != 0;
    x.list = read_list<idempotency_table::record>(in, read_record);
    result = std::move(x);
  } else if (what == kind::scan) {
    api_scan x;
    x.prefix = in.text();
    x.after = in.text();
    x.limit = in.number();
    x.patterns = read_list<std::string>(in, read_pattern);
    result = std::move(x);
  } else {
    return std::nullopt;
  }
  return in.failed() ? std::nullopt : std::optional{std::move(result)};
}

std::optional<idempotency_table::verdict> parse_verdict(std::string_view bytes) {
  field_reader in{bytes};
  const auto what = in.number();
  const auto accepted = in.number();
  if (in.failed() || what > static_cast<uint64_t>(idempotency_table::answer::in_use))
    return std::nullopt;
  return idempotency_table::verdict{static_cast<idempotency_table::answer>(what), accepted};
}

std::optional<topic_counts> parse_topic_counts(std::string_view bytes) {
  field_reader in{bytes};
  topic_counts result;
  for (auto left = in.number(); left > 0 && !in.failed(); --left) {
    std::string topic{in.text()};
    result[std::move(topic)] += in.number();
  }
  return in.failed() ? std::nullopt : std::optional{std::move(result)};
}

} // namespace bennu::engine
