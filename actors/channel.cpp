#include <bennu/actors/channel.hpp>

#include <stdexcept>

#include "actors/client/channel_actor.hpp"
#include "actors/client/channel_join.hpp"
#include "actors/client/unit_services.hpp"
#include "actors/history/store.hpp"
#include "actors/pubsub/pubsub_shard.hpp"
#include "supervision/process/crash_report.hpp"
#include <bennu/actors/broadcast.hpp>
#include <bennu/actors/pubsub.hpp>
#include <bennu/actors/reply.hpp>

namespace bennu {

using namespace engine;

namespace {

void publish(channel_join& membership, std::string topic, std::string_view event, const payload& body,
             const subscriber* except) {
  auto& unit = membership.owner().unit();
  auto& topics = unit.shared.topics;
  auto x = caf::make_counted<bennu::broadcast>(std::move(topic), std::string{event}, body, except);
  topics.report(*x);
  if (const auto* bounds = topics.history_for(x->topic, x->event))
    return topics.histories()->publish(std::move(x), *bounds, &unit.lane,
                                       except != nullptr ? membership.owner().reader() : 0);
  topics.from_unit(unit.lane, std::move(x));
}

// As in Phoenix, where the client would receive the message before the answer to its join.
void require_joined(const channel_join& membership, const char* function) {
  if (membership.state.is_awaited())
    throw std::logic_error(membership.route().name + ": " + function
                           + "() before the client has joined: send a message to self() in join, and call it in "
                             "handle_info");
}

} // namespace

const event_table& channel::handle_in() const {
  static const event_table none;
  return none;
}

const event_table& channel::handle_out() const {
  static const event_table none;
  return none;
}

caf::message_handler channel::handle_info() {
  return {};
}

channel_size channel::size() const {
  return context_.membership.size();
}

void channel::restarted(const exit_info&) {}

void channel::terminate(const caf::error&) {}

caf::event_based_actor* channel::self() const noexcept {
  return &context_.actor;
}

const std::string& channel::topic() const noexcept {
  return context_.membership.topic();
}

std::string_view channel::subtopic() const noexcept {
  return context_.membership.route().pattern.rest_of(topic());
}

const payload& channel::join_params() const noexcept {
  return context_.membership.join_message().body;
}

void channel::push(std::string_view event, const payload& body) const {
  require_joined(context_.membership, "push");
  context_.membership.push(event, body);
}

void channel::broadcast(std::string_view event, const payload& body) const {
  require_joined(context_.membership, "broadcast");
  publish(context_.membership, topic(), event, body, nullptr);
}

void channel::broadcast_from(std::string_view event, const payload& body) const {
  require_joined(context_.membership, "broadcast_from");
  publish(context_.membership, topic(), event, body, &context_.membership);
}

void channel::broadcast_to(std::string topic, std::string_view event, const payload& body) const {
  publish(context_.membership, std::move(topic), event, body, nullptr);
}

void channel::push_to(std::string_view topic, std::string_view event, const payload& body) const {
  if (topic == this->topic())
    return push(event, body);
  context_.membership.tell(topic, event, body);
}

bool channel::subscribe(std::string_view topic) const {
  return context_.membership.subscribe(topic);
}

bool channel::unsubscribe(std::string_view topic) const {
  return context_.membership.unsubscribe(topic);
}

std::vector<std::string> channel::subscriptions() const {
  return context_.membership.subscriptions();
}

bool channel::is_recovered() const noexcept {
  return context_.membership.is_recovered();
}

history_page channel::history_since(std::string_view position) const {
  return pubsub{context_.membership.owner().unit().shared.topics}.history(topic(), position);
}

channel_presence channel::presence() const {
  return {context_.membership.owner().unit().shared.presences, context_.actor, topic(), context_.membership.presence()};
}

void channel::throw_wrong_socket(const std::type_info& wanted, const std::type_info& served) {
  const auto asked = type_label(wanted);
  const auto actual = type_label(served);
  throw std::logic_error("socket_as<" + asked + ">: the socket of this connection is a " + actual + ": ask for "
                         + actual + ", or let the endpoint serve<" + asked + ">()");
}

deferred_reply channel::defer() const {
  return context_.actor.defer();
}

void channel::decide_join(join_decision decision) const {
  context_.actor.decide_join(std::move(decision));
}

reply channel::block(const blocking_pool& pool, std::function<void()> task, std::function<reply()> then) const {
  blocking_job job{[task = std::move(task)] {
                     task();
                     return caf::message{};
                   },
                   topic()};
  return context_.actor.block(pool, std::move(job), std::move(then));
}

const blocking_pool& channel::pool_of_node() const noexcept {
  return context_.membership.owner().unit().shared.blocking;
}

void channel::stop() const {
  context_.actor.request_stop();
}

transport_kind channel::transport() const noexcept {
  return context_.membership.owner().session().kind();
}

socket& channel::socket_of_connection() const noexcept {
  return context_.membership.owner().user();
}

} // namespace bennu
