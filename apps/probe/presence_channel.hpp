#pragma once

#include <bennu/actors/channel.hpp>
#include <bennu/actors/message.hpp>

namespace bennu::probe {

/// `presence:*` of the probe's contract: tracks the key and the meta of the join payload.
class presence_channel : public channel {
public:
  using channel::channel;

  join_result join(const json& params) override;
  const event_table& handle_in() const override;
  caf::message_handler handle_info() override;

private:
  std::string key_;
  payload meta_;
};

} // namespace bennu::probe
