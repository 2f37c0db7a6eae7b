#pragma once

#include <bennu/actors/channel.hpp>

namespace bennu::probe {

/// `echo:*`: every way in which a channel can answer, push, end or fail, each as one event.
class echo_channel : public bennu::channel {
public:
  using channel::channel;

  join_result join(const json& params) override;
  const event_table& handle_in() const override;
  caf::message_handler handle_info() override;
};

} // namespace bennu::probe
