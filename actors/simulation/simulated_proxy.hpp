#pragma once

#include <functional>

#include <caf/actor_proxy.hpp>
#include <caf/mailbox_element.hpp>
#include <caf/message.hpp>
#include <caf/message_id.hpp>

namespace bennu::engine {

/// Stands on one simulated node for an actor of another: what is sent to it goes over the wire. It ends when its actor's end is told, or
/// with the session to the node, which whoever monitors it is told.
///
/// Handles inside of messages are not translated: an actor that is met in one is the other node's itself.
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
