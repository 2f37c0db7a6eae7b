#pragma once

#include <string>

#include <bennu/actors/channel.hpp>

/// The channel of the topics `room:NAME`, for example `room:lobby`. Each client that joins a topic has an instance, which
/// is an actor of its own.
///
/// A client joins with the params `{"user": string}`. It may then push
/// - `new_msg` `{"body": string}`: all clients of the topic receive `new_msg` `{"user": string, "body": string}`.
///
/// <bennu/actors/channel.hpp> documents each function, with all values that it may return.
class room_channel : public bennu::channel_of<room_channel> {
public:
  using channel_of::channel_of;

  bennu::join_result join(const bennu::json& params) override;

  static bennu::events<room_channel> events_in();

private:
  bennu::reply new_msg(const bennu::json& in);

  std::string user_;
};
