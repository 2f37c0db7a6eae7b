#include <bennu/actors/tree_json.hpp>

#include <nlohmann/json.hpp>

namespace bennu {

namespace {

// The text of an exception may contain any bytes, but JSON must be UTF-8.
std::string valid(const std::string& text) {
  using nlohmann::json;
  return json::parse(json(text).dump(-1, ' ', false, json::error_handler_t::replace)).get<std::string>();
}

nlohmann::json or_null(bool is_there, nlohmann::json value) {
  return is_there ? std::move(value) : nlohmann::json{};
}

} // namespace

nlohmann::json to_json(const tree_node& x) {
  nlohmann::json result{
    {"id", valid(x.id)},
    {"label", valid(x.label)},
    {"actor", or_null(x.actor != 0, x.actor)},
    {"type", x.type == child_type::supervisor ? "supervisor" : "worker"},
    {"state", to_string(x.state)},
    {"answers", x.answers},
    {"since_ms", x.since.count()},
    {"restarts", x.restarts},
    {"restarts_left", x.restarts_left},
    {"mailbox", {{"depth", x.mailbox_depth}, {"high_water", x.mailbox_high_water}}},
    {"last_crash", or_null(!x.last_crash.empty(), valid(x.last_crash))},
  };
  if (x.type == child_type::supervisor) {
    auto& children = result["children"] = nlohmann::json::array();
    for (auto& child : x.children)
      children.push_back(to_json(child));
    result["hidden"] = x.hidden;
  }
  return result;
}

} // namespace bennu
