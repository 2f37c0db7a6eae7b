#include "tests/kit/channel/frame_reader.hpp"

#include <array>
#include <stdexcept>
#include <vector>

namespace bennu::engine {

using json = nlohmann::json;

namespace {

// The kinds of binary frames that a server sends, and how many fields stand before the data.
enum class frame_kind : unsigned char { push = 0, reply = 1, broadcast = 2 };

size_t fields_of(frame_kind kind) {
  switch (kind) {
    case frame_kind::push:
      return 3; // join_ref, topic, event
    case frame_kind::reply:
      return 4; // join_ref, ref, topic, status
    case frame_kind::broadcast:
      return 2; // topic, event
  }
  throw std::runtime_error("a binary frame of an unknown kind");
}

received_message read_binary(std::string_view body) {
  if (body.empty())
    throw std::runtime_error("an empty binary frame");
  const auto kind = static_cast<frame_kind>(body.front());
  const auto count = fields_of(kind);
  std::vector<std::string> fields;
  size_t at = 1 + count;
  for (size_t i = 0; i < count; ++i) {
    const auto size = static_cast<size_t>(static_cast<unsigned char>(body.at(1 + i)));
    fields.emplace_back(body.substr(at, size));
    at += size;
  }
  const auto data = body.substr(at);
  const auto bytes = json::binary(std::vector<uint8_t>(data.begin(), data.end()));
  if (kind == frame_kind::push)
    return {fields[0], nullptr, fields[1], fields[2], bytes};
  if (kind == frame_kind::broadcast)
    return {nullptr, nullptr, fields[0], fields[1], bytes};
  return {fields[0], fields[1], fields[2], "phx_reply", {{"status", fields[3]}, {"response", bytes}}};
}

std::string topic_in(const json& x) {
  return x.is_string() ? x.get<std::string>() : x.dump();
}

} // namespace

received_message read_frame(bool is_binary, std::string_view body) {
  if (is_binary)
    return read_binary(body);
  const auto frame = json::parse(body);
  if (!frame.is_array() || frame.size() != 5)
    throw std::runtime_error("not a frame of serializer v2: " + frame.dump());
  return {frame[0], frame[1], topic_in(frame[2]), frame[3].get<std::string>(), frame[4]};
}

received_message read_frame_v1(std::string_view body) {
  const auto frame = json::parse(body);
  if (!frame.is_object() || frame.size() != 4)
    throw std::runtime_error("not a frame of serializer v1: " + frame.dump());
  const auto event = frame.at("event").get<std::string>();
  const bool is_end = event == "phx_close" || event == "phx_error"; // its ref is the join_ref
  return {is_end ? frame.at("ref") : json{}, frame.at("ref"), topic_in(frame.at("topic")), event, frame.at("payload")};
}

std::string position_in(const received_message& x) {
  if (x.ref.is_string() && x.ref.get_ref<const std::string&>().starts_with('@'))
    return x.ref.get<std::string>();
  static const json::json_pointer of_answer{"/response/history/position"};
  if (x.event == "phx_reply" && x.payload.is_object() && x.payload.contains(of_answer))
    return x.payload.at(of_answer).get<std::string>();
  return {};
}

} // namespace bennu::engine
