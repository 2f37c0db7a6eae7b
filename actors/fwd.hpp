#pragma once

#include <caf/fwd.hpp>
#include <nlohmann/json_fwd.hpp>

namespace bennu {

using json = nlohmann::json;

class channel;
class connection;
class frame;
class payload;
class serializer;
class session;
class socket;

using frame_ptr = caf::intrusive_ptr<const frame>;

} // namespace bennu
