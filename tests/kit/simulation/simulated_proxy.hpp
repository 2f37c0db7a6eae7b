#pragma once

#include <functional>

#include <caf/actor_proxy.hpp>
#include <caf/mailbox_element.hpp>
#include <caf/message.hpp>
#include <caf/message_id.hpp>

namespace bennu::engine {

/// Represents an actor of another node on one simulated node: messages to it travel over the wire. It ends when the
/// end of its actor is reported, or with the session to the node; monitors are told.
///
/// Handles within messages are not translated: an actor in a message is the other node's actor itself.
class simulated_proxy : public caf::actor_proxy {
public:
  using way = std::function<void(caf::strong_actor_ptr sender, caf::message_id mid, caf::message content)>;

  simulated_proxy(caf::actor_config& config, way out) : actor_proxy(config), out_(std::move(out)) {}

  void enqueue(caf::mailbox_element_ptr what, caf::execution_unit*) override {
    if (out_)
      out_(what->sender, what->mid, what->move_content_to_message());
  }

  void kill_proxy(caf::execution_unit* context, caf::error reason) override {
    out_ = nullptr;
    cleanup(std::move(reason), context);
  }

private:
  way out_;
};

} // namespace bennu::engine
