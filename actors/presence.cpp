#include <bennu/actors/presence.hpp>

#include <map>

#include <caf/actor_cast.hpp>
#include <caf/send.hpp>
#include <nlohmann/json.hpp>

#include "actors/client/channel_actor.hpp"
#include "actors/client/limits.hpp"
#include "actors/presence/batch.hpp"
#include "actors/presence/replica.hpp"
#include "actors/presence/shard.hpp"
#include "actors/presence/shard_actor.hpp"
#include "supervision/process/numbers.hpp"

namespace bennu {

json presence_handler::fetch(const std::string&, json presences) {
  return presences;
}

void presence_handler::handle_metas(const std::string&, const json&, const json&) {}

using namespace engine;

namespace {

// Every node must find the same shard.
uint64_t stable_hash(std::string_view text) noexcept {
  const auto hash = fnv1a(text);
  return hash ^ hash >> 32;
}

} // namespace

presence::presence(uint64_t incarnation, const presence_options& options)
  : budget_(std::make_unique<presence_budget>(options.limits)) {
  for (size_t i = 0; i < shards_.size(); ++i)
    shards_[i] = std::make_unique<presence_shard>(i, incarnation, options, *budget_);
}

presence::~presence() = default;

std::optional<std::string> presence::track(const caf::actor& who, const std::string& topic, const std::string& key,
                                           const payload& meta) {
  return track(who, topic, key, meta, nullptr);
}

std::optional<std::string> presence::update(const caf::actor& who, const std::string& topic, const std::string& key,
                                            const payload& meta) {
  return update(
    who, topic, key, [&](const payload&) { return meta; }, nullptr);
}

std::optional<std::string> presence::update(const caf::actor& who, const std::string& topic, const std::string& key,
                                            const std::function<json(const json&)>& change) {
  return update(
    who, topic, key, [&](const payload& old) { return payload(change(old.value())); }, nullptr);
}

bool presence::untrack(const caf::actor& who, const std::string& topic, const std::string& key) {
  return untrack(who, topic, key, nullptr);
}

// -- for channels -------------------------------------------------------------

std::optional<std::string> presence::track(const caf::actor& who, const std::string& topic, const std::string& key,
                                           const payload& meta, presence_teller* client) {
  presence_telling telling{client != nullptr ? client->client() : 0, {}};
  auto result = shard_of(topic).track(who, topic, key, meta, telling);
  tell(who, topic, telling, client);
  return result;
}

std::optional<std::string> presence::update(const caf::actor& who, const std::string& topic, const std::string& key,
                                            const std::function<payload(const payload&)>& change,
                                            presence_teller* client) {
  presence_telling telling{client != nullptr ? client->client() : 0, {}};
  auto result = shard_of(topic).update(who.address(), topic, key, change, telling);
  tell(who, topic, telling, client);
  return result;
}

bool presence::untrack(const caf::actor& who, const std::string& topic, const std::string& key,
                       presence_teller* client) {
  presence_telling telling{client != nullptr ? client->client() : 0, {}};
  const bool result = shard_of(topic).untrack(who.address(), topic, key, telling);
  tell(who, topic, telling, client);
  return result;
}

void presence::tell(const caf::actor& who, const std::string& topic, presence_telling& what,
                    presence_teller* client) const {
  if (what.has_no_room && who)
    limit_hit(who->home_system(), "presences");
  if (what.diff && who)
    client->tell(enriched_diff(who->home_system(), handler_.get(), topic, std::move(*what.diff)));
}

payload presence::list(const std::string& topic, presence_teller* client) {
  if (client == nullptr || client->client() == 0)
    return list(topic);
  uint64_t last = 0;
  auto plain = shard_of(topic).list(topic, last);
  client->listed(last);
  return handler_ && plain.has_value() ? payload(handler_->fetch(topic, plain.value())) : plain;
}

// -- for everybody ------------------------------------------------------------

void presence::untrack(const caf::actor& who) {
  for (const auto& x : shards_)
    x->untrack(who.address());
}

payload presence::list(const std::string& topic) const {
  auto plain = shard_of(topic).list(topic);
  return handler_ && plain.has_value() ? payload(handler_->fetch(topic, plain.value())) : plain;
}

payload presence::get_by_key(const std::string& topic, const std::string& key) const {
  auto plain = shard_of(topic).get_by_key(topic, key);
  if (!handler_ || !plain.has_value() || plain.value().empty())
    return plain;
  return handler_->fetch(topic, json{{key, plain.value()}}).at(key);
}

size_t presence::count(std::string_view topic) const {
  return shard_of(topic).count(topic);
}

std::vector<presence_mirror> presence::mirrors() const {
  std::map<std::string, presence_mirror> sums;
  for (const auto& x : shards_)
    for (auto& one : x->mirrors()) {
      auto& sum = sums[one.node];
      sum = {one.node, one.connected, sum.behind + one.behind, sum.entries + one.entries};
    }
  std::vector<presence_mirror> result;
  for (auto& [name, sum] : sums)
    result.push_back(std::move(sum));
  return result;
}

caf::actor presence::actor_of(std::string_view topic) const {
  return shard_of(topic).actor.get();
}

void presence::meet(const caf::actor& hub) {
  for (const auto& x : shards_)
    caf::anon_send(x->actor.get(), presence_new_hub{hub});
}

void presence::receive(size_t shard, presence_received x) {
  if (shard < shards_.size())
    caf::anon_send(shards_[shard]->actor.get(), std::move(x));
}

presence_shard& presence::shard_of(std::string_view topic) const {
  return *shards_[stable_hash(topic) % shards_.size()];
}

namespace {

caf::actor handle_of(engine::channel_actor& x) {
  return caf::actor_cast<caf::actor>(&x);
}

} // namespace

std::optional<std::string> channel_presence::track(const std::string& key, const payload& meta) const {
  return all_.track(handle_of(who_), topic_, key, meta, client_);
}

std::optional<std::string> channel_presence::update(const std::string& key, const payload& meta) const {
  return all_.update(
    handle_of(who_), topic_, key, [&](const payload&) { return meta; }, client_);
}

std::optional<std::string> channel_presence::update(const std::string& key,
                                                    const std::function<json(const json&)>& change) const {
  return all_.update(
    handle_of(who_), topic_, key, [&](const payload& old) { return payload(change(old.value())); }, client_);
}

bool channel_presence::untrack(const std::string& key) const {
  return all_.untrack(handle_of(who_), topic_, key, client_);
}

payload channel_presence::list() const {
  return all_.list(topic_, client_);
}

payload channel_presence::get_by_key(const std::string& key) const {
  return all_.get_by_key(topic_, key);
}

size_t channel_presence::count() const {
  return all_.count(topic_);
}

} // namespace bennu
