#include "actors/cluster/hub/hub_actor.hpp"

#include <algorithm>
#include <utility>

#include <caf/send.hpp>
#include <nlohmann/json.hpp>

#include "actors/cluster/hub/parcel.hpp"
#include "actors/cluster/link/fields.hpp"
#include "actors/presence/message.hpp"
#include "actors/presence/shard_actor.hpp"
#include "supervision/children/parent.hpp"
#include "supervision/process/local_message.hpp"
#include <bennu/supervision/child.hpp>
#include <bennu/supervision/telemetry.hpp>

namespace bennu::engine {

struct hub_flush {
  using local_message = void;
};
struct hub_stop {
  using local_message = void;
  caf::error reason;
};

namespace {

// A block is sent when it is as large as this, or when the mailbox is empty. 64 KiB: many small messages share the cost
// of one block, and a large block does not occupy the link for long.
constexpr size_t block_size = size_t{64} << 10;

} // namespace

hub_actor::hub_actor(caf::actor_config& config, const hub_services& services)
  : process(config), services_(services), link_(services.link) {
  set_down_handler([this](caf::down_msg& x) {
    std::erase_if(attending_, [&](const caf::actor& y) { return y.address() == x.source; });
  });
  // Exit signals overtake other messages, but messages from before the end, above all the goodbyes of presence, must be
  // sent first.
  obey_parent_alone(*this, config, [this](caf::error reason) { send(this, hub_stop{std::move(reason)}); });
}

std::string hub_actor::label() const {
  return "hub";
}

caf::behavior hub_actor::make_behavior() {
  link_.attend(caf::actor_cast<caf::actor>(this));
  services_.presences.meet(caf::actor_cast<caf::actor>(this));
  services_.histories.meet(caf::actor_cast<caf::actor>(this));
  services_.calls.meet(caf::actor_cast<caf::actor>(this));
  return call_behavior().or_else(caf::message_handler{
    [this](const broadcast_ptr& x) { to_all(*x); },
    [this](const hub_direct& x) { to_one(x.to, *x.message); },
    [this](const hub_send& x) {
      for (auto& [name, to] : peers_)
        if (x.to.empty() || x.to == name)
          add(to, {x.kind, 1, x.content});
    },
    [this](const link_received& x) { received(x); },
    [this](const link_up& x) { up(x); },
    [this](const link_down& x) { down(x); },
    [this](const link_forgotten& x) { services_.counts.forget(x.name); },
    [this](const hub_attend& x) {
      for (const auto& [name, to] : peers_)
        send(x.who, link_up{to.who, 0});
      if (std::find(attending_.begin(), attending_.end(), x.who) != attending_.end())
        return;
      attending_.push_back(x.who);
      monitor(x.who);
    },
    [this](hub_flush) { flush(); },
    [this](hub_stop& x) {
      flush();
      quit(std::move(x.reason));
    },
  });
}

void hub_actor::on_exit() {
  link_.attend({});
  attending_.clear();
  calls_ = call_table{}; // tells every waiting caller
}

// -- out ----------------------------------------------------------------------

// One that is lost is not counted, because the other node will request it.
void hub_actor::to_all_in_history(const broadcast& x) {
  if (peers_.empty())
    return;
  std::string content;
  services_.histories.append_next(content, x);
  for (auto& [name, to] : peers_)
    add(to, {parcel_kind::history, 1, content});
}

void hub_actor::to_all(const broadcast& x) {
  if (x.place && x.place->number != 0)
    return to_all_in_history(x);
  const auto number = services_.counts.published();
  if (peers_.empty())
    return;
  std::string content;
  append_broadcast(content, number, x);
  for (auto& [name, to] : peers_) {
    ++to.broadcasts;
    add(to, {parcel_kind::broadcast, 1, content});
  }
}

void hub_actor::to_one(const std::string& name, const broadcast& x) {
  const auto found = peers_.find(name);
  if (found == peers_.end())
    return;
  std::string content;
  append_broadcast(content, 0, x);
  ++found->second.broadcasts;
  add(found->second, {parcel_kind::broadcast, 1, content});
}

void hub_actor::add(destination& to, const parcel& x) {
  append_parcel(to.block, x);
  if (to.block.size() >= block_size)
    send_block(to);
  else if (!std::exchange(flush_due_, true))
    send(this, hub_flush{}); // behind the waiting messages, which so become part of the block
}

void hub_actor::flush() {
  flush_due_ = false;
  for (auto& [name, to] : peers_)
    if (!to.block.empty())
      send_block(to);
}

void hub_actor::send_block(destination& to) {
  auto block = std::make_shared<const std::string>(std::exchange(to.block, {}));
  const auto broadcasts = static_cast<int64_t>(std::exchange(to.broadcasts, 0));
  const auto questions = std::exchange(to.questions, {});
  if (link_.send(to.who.name, std::move(block), static_cast<uint64_t>(broadcasts)))
    return;
  for (const auto id : questions)
    calls_.unanswered(to.who.name, id);
  if (broadcasts == 0)
    return;
  if (auto* events = telemetry::listening(system()))
    events->emit("cluster.lost", {{"broadcasts", broadcasts}}, {{"node", to.who.name}});
}

// -- nodes --------------------------------------------------------------------

void hub_actor::up(const link_up& x) {
  peers_[x.who.name] = {x.who, {}};
  for (const auto& who : attending_)
    send(who, x);
  tell("nodeup", x.who, {});
}

void hub_actor::down(const link_down& x) {
  const auto found = peers_.find(x.who.name);
  if (found == peers_.end() || found->second.who != x.who)
    return;
  peers_.erase(found);
  calls_.lost(x.who.name);
  for (const auto& who : attending_)
    send(who, x);
  tell("nodedown", x.who, x.why);
}

void hub_actor::tell(const std::string& event, const peer& who, std::string_view why) {
  services_.topics.to_units(
    caf::make_counted<const broadcast>(std::string{nodes_topic}, event, json{{"node", who.name}}));
  if (auto* events = telemetry::listening(system()))
    events->emit(event == "nodeup" ? "node.up" : "node.down", {}, {{"node", who.name}, {"why", why}});
}

// -- in -----------------------------------------------------------------------

void hub_actor::received(const link_received& x) {
  std::string_view block{*x.bytes};
  std::vector<broadcast_ptr> broadcasts;
  int64_t malformed = 0;
  while (const auto next = take_parcel(block))
    malformed += unpack(x.who, *next, broadcasts) ? 0 : 1;
  if (!block.empty())
    link_.cut(x.who.name, "a block that is not made of parcels");
  if (auto* events = malformed > 0 ? telemetry::listening(system()) : nullptr)
    events->emit("cluster.malformed", {{"parcels", malformed}}, {{"node", x.who.name}});
  services_.topics.deliver(std::move(broadcasts));
}

// A kind or version that is not known here comes from a later release. It is skipped, and is not an error.
bool hub_actor::unpack(const peer& from, const parcel& x, std::vector<broadcast_ptr>& broadcasts) {
  if (x.version != 1)
    return true;
  switch (x.kind) {
    case parcel_kind::broadcast: {
      auto one = parse_broadcast(x.content);
      if (!one)
        return false;
      services_.counts.heard(from, one->number);
      if (one->number != 0 && services_.topics.history_for(one->message->topic, one->message->event) != nullptr)
        services_.histories.interrupted(one->message->topic);
      if (auto& message = *one->message; one->cause.is_valid())
        message.trace = services_.topics.trace_received({message.topic, message.event, message.body.bytes().size()},
                                                        one->cause, from.name);
      broadcasts.push_back(std::move(one->message));
      return true;
    }
    case parcel_kind::history:
      return services_.histories.receive(from, x.content);
    case parcel_kind::presence: {
      auto message = parse_presence_message(x.content);
      if (message)
        services_.presences.receive(message->first, {from, std::move(message->second)});
      return message.has_value();
    }
    case parcel_kind::call: {
      const auto question = parse_fields<call_parcel>(x.content);
      return question && asked(from, *question);
    }
    case parcel_kind::answer: {
      const auto it = parse_fields<answer_parcel>(x.content);
      if (it)
        answered(from, *it);
      return it.has_value();
    }
    case parcel_kind::receipt: {
      const auto it = parse_fields<receipt_parcel>(x.content);
      if (it)
        calls_.receipt(from.name, it->id, it->reached);
      return it.has_value();
    }
  }
  return true;
}

child_spec hub_child(const hub_services& services) {
  return registered_in(services.current, child<hub_actor>("hub", services));
}

} // namespace bennu::engine
