#pragma once

#include <caf/fwd.hpp>
#include <nlohmann/json_fwd.hpp>

namespace bennu {

/// The JSON type of Bennu: that of nlohmann/json.
using json = nlohmann::json;

class channel;
class payload;
class socket;

} // namespace bennu

namespace bennu::engine {

class channel_actor;
class channel_join;
class connection;
class frame;
class serializer;
class session;

using frame_ptr = caf::intrusive_ptr<const frame>;

} // namespace bennu::engine

namespace bennu {

/// The argument of a channel's constructor, which `using channel::channel;` passes on.
struct channel_context {
  engine::channel_actor& actor;     ///< the actor that will run the channel
  engine::channel_join& membership; ///< the join of the client
};

} // namespace bennu
