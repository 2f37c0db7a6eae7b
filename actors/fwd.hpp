#pragma once

#include <caf/fwd.hpp>
#include <nlohmann/json_fwd.hpp>

namespace bennu {

using json = nlohmann::json;

class channel;
class payload;
class socket;

} // namespace bennu

namespace bennu::engine {

class connection;
class frame;
class serializer;
class session;

using frame_ptr = caf::intrusive_ptr<const frame>;

} // namespace bennu::engine
