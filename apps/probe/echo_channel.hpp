#pragma once

#include <bennu/actors/channel.hpp>
#include <bennu/actors/message.hpp>

namespace bennu::probe {

/// `echo:*`: has one event for each way in which a channel can reply, push, end or fail.
class echo_channel : public bennu::channel {
public:
  using channel::channel;

  join_result join(const json& params) override;
  const event_table& handle_in() const override;
  caf::message_handler handle_info() override;
};

} // namespace bennu::probe
