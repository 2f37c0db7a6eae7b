#pragma once

#include <bennu/actors/channel.hpp>
#include <bennu/actors/message.hpp>

namespace bennu::probe {

/// A chat room, `room:*`: announces who entered, intercepts `new_msg`, and pushes a goodbye when the client leaves.
class room_channel : public bennu::channel {
public:
  using channel::channel;

  join_result join(const json& params) override;
  const event_table& handle_in() const override;
  const event_table& handle_out() const override;
  caf::message_handler handle_info() override;
  void terminate(const caf::error& reason) override;

private:
  void tell_of_the_join();
};

} // namespace bennu::probe
