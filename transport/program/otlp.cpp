#include "transport/program/otlp.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>

#include <nlohmann/json.hpp>

namespace bennu::engine {

namespace {

using ordered = nlohmann::ordered_json;

template <class Bytes>
std::string hex(const Bytes& bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string result;
  for (const uint8_t x : bytes) {
    result += digits[x >> 4];
    result += digits[x & 15];
  }
  return result;
}

std::string nanoseconds(std::chrono::system_clock::time_point x) {
  return std::to_string(std::chrono::duration_cast<std::chrono::nanoseconds>(x.time_since_epoch()).count());
}

ordered attribute(std::string_view name, const std::variant<std::string, int64_t>& value) {
  if (const auto* number = std::get_if<int64_t>(&value))
    return {{"key", name}, {"value", {{"intValue", std::to_string(*number)}}}};
  return {{"key", name}, {"value", {{"stringValue", std::get<std::string>(value)}}}};
}

// The bits beyond those of W3C say whether the parent is known to be of another process.
constexpr unsigned has_is_remote = 0x100;
constexpr unsigned is_remote = 0x200;

ordered link(const trace_context& x) {
  ordered result = {{"traceId", hex(x.trace_id)}, {"spanId", hex(x.span_id)}, {"flags", x.flags}};
  if (!x.state.empty())
    result["traceState"] = x.state;
  return result;
}

ordered span(const span_record& x) {
  ordered result = {{"traceId", hex(x.context.trace_id)}, {"spanId", hex(x.context.span_id)}};
  if (!x.context.state.empty())
    result["traceState"] = x.context.state;
  if (x.parent != decltype(x.parent){})
    result["parentSpanId"] = hex(x.parent);
  result["flags"] = x.context.flags | has_is_remote | (x.is_parent_remote ? is_remote : 0U);
  result["name"] = x.name;
  result["kind"] = static_cast<int>(x.kind);
  result["startTimeUnixNano"] = nanoseconds(x.begin);
  result["endTimeUnixNano"] = nanoseconds(x.end);
  auto& attributes = result["attributes"] = ordered::array();
  for (const auto& [name, value] : x.attributes)
    attributes.push_back(attribute(name, value));
  if (!x.links.empty()) {
    auto& links = result["links"] = ordered::array();
    for (const auto& one : x.links)
      links.push_back(link(one));
  }
  constexpr int status_error = 2;
  result["status"] = ordered::object();
  if (x.failure)
    result["status"] = {{"message", *x.failure}, {"code", status_error}};
  return result;
}

} // namespace

std::string otlp_request(const otlp_resource& from, std::string_view version, const std::vector<span_record>& spans) {
  auto attributes = ordered::array();
  for (const auto& [name, value] : from)
    attributes.push_back(attribute(name, value));
  auto all = ordered::array();
  for (const auto& x : spans)
    all.push_back(span(x));
  const ordered scope = {{"scope", {{"name", "bennu"}, {"version", version}}}, {"spans", std::move(all)}};
  const ordered result = {{"resourceSpans", ordered::array({{{"resource", {{"attributes", std::move(attributes)}}},
                                                             {"scopeSpans", ordered::array({scope})}}})}};
  return result.dump(-1, ' ', false, ordered::error_handler_t::replace);
}

// The number is a text by the rules of protobuf, but some collectors send a number.
std::optional<otlp_partial_success> partial_success_in(std::string_view body) {
  const auto answer = nlohmann::json::parse(body, nullptr, false);
  const auto found = answer.is_object() ? answer.find("partialSuccess") : answer.end();
  if (found == answer.end() || !found->is_object())
    return std::nullopt;
  otlp_partial_success result;
  const auto rejected = found->find("rejectedSpans");
  if (rejected != found->end() && rejected->is_number_integer())
    result.rejected = rejected->get<int64_t>();
  else if (rejected != found->end() && rejected->is_string()) {
    const auto& text = rejected->get_ref<const std::string&>();
    std::from_chars(text.data(), text.data() + text.size(), result.rejected);
  }
  result.rejected = std::max<int64_t>(result.rejected, 0);
  if (const auto text = found->find("errorMessage"); text != found->end() && text->is_string())
    result.text = text->get<std::string>();
  return result.rejected == 0 && result.text.empty() ? std::nullopt : std::optional{std::move(result)};
}

std::optional<otlp_url> otlp_url::parse(std::string_view text) {
  otlp_url result;
  if (text.starts_with("https://"))
    result.is_secure = true;
  else if (!text.starts_with("http://"))
    return std::nullopt;
  text.remove_prefix(result.is_secure ? 8 : 7);
  // Nothing that could end the line of a request.
  if (text.find_first_of("#@ \\\"<>") != std::string_view::npos
      || !std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F; }))
    return std::nullopt;
  const auto slash = std::min(text.find_first_of("/?"), text.size());
  result.target = std::string{text.substr(slash)};
  if (!result.target.starts_with('/'))
    result.target.insert(0, "/");
  auto authority = text.substr(0, slash);
  const auto end_of_host = authority.starts_with('[') ? authority.find(']') : authority.find(':');
  if (authority.starts_with('[')) {
    if (end_of_host == std::string_view::npos)
      return std::nullopt;
    result.host = std::string{authority.substr(1, end_of_host - 1)};
    authority.remove_prefix(end_of_host + 1);
  } else {
    result.host = std::string{authority.substr(0, end_of_host)};
    authority.remove_prefix(result.host.size());
  }
  result.port = result.is_secure ? "443" : "80";
  if (!authority.empty()) {
    uint16_t port = 0;
    const auto digits = authority.substr(1);
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (!authority.starts_with(':') || read.ec != std::errc{} || read.ptr != digits.data() + digits.size() || port == 0)
      return std::nullopt;
    result.port = std::to_string(port);
  }
  return result.host.empty() ? std::nullopt : std::optional{std::move(result)};
}

std::string otlp_url::text() const {
  const bool is_v6 = host.find(':') != std::string::npos;
  return (is_secure ? "https://" : "http://") + (is_v6 ? "[" + host + "]" : host) + ":" + port
         + target.substr(0, target.find('?'));
}

} // namespace bennu::engine
