// Contexts of traces as W3C's headers pass them on, and the spans of programs.
#include <algorithm>
#include <exception>
#include <utility>

#include "supervision/trace/open_span.hpp"
#include <bennu/supervision/telemetry.hpp>

namespace bennu {

namespace {

thread_local const trace_context* current_context = nullptr;

// -- traceparent (§3.2) ---------------------------------------------------------

constexpr size_t traceparent_size = 55; // VERSION-TRACE_ID-SPAN_ID-FLAGS

// Lower case only.
int digit_of(char x) noexcept {
  if (x >= '0' && x <= '9')
    return x - '0';
  return x >= 'a' && x <= 'f' ? x - 'a' + 10 : -1;
}

template <size_t Size>
bool read_hex(std::string_view text, std::array<uint8_t, Size>& into) noexcept {
  for (size_t i = 0; i < Size; ++i) {
    const int high = digit_of(text[2 * i]);
    const int low = digit_of(text[2 * i + 1]);
    if (high < 0 || low < 0)
      return false;
    into[i] = static_cast<uint8_t>(high * 16 + low);
  }
  return true;
}

template <class Bytes>
void append_hex(std::string& out, const Bytes& bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  for (const uint8_t x : bytes) {
    out += digits[x >> 4];
    out += digits[x & 15];
  }
}

// -- tracestate (§3.3) ----------------------------------------------------------

constexpr size_t max_members = 32;
constexpr size_t max_state_bytes = 512; // as many as everybody should pass on (§3.3.1.5)

std::string_view without_spaces(std::string_view x) noexcept {
  while (!x.empty() && (x.front() == ' ' || x.front() == '\t'))
    x.remove_prefix(1);
  while (!x.empty() && (x.back() == ' ' || x.back() == '\t'))
    x.remove_suffix(1);
  return x;
}

bool is_key(std::string_view x) noexcept {
  const auto is_first = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return !x.empty() && x.size() <= 256 && is_first(x.front()) && std::all_of(x.begin(), x.end(), [&](char c) {
    return is_first(c) || c == '_' || c == '-' || c == '*' || c == '/' || c == '@';
  });
}

bool is_value(std::string_view x) noexcept {
  return !x.empty() && x.size() <= 256 && x.back() != ' '
         && std::all_of(x.begin(), x.end(), [](char c) { return c >= 0x20 && c <= 0x7E && c != ',' && c != '='; });
}

// Empty when it is malformed. Members beyond the bounds are left out from the right, as the oldest are there.
std::string state_of(std::string_view text) {
  std::string result;
  std::vector<std::string_view> keys;
  while (!text.empty()) {
    const auto comma = text.find(',');
    const auto member = without_spaces(text.substr(0, comma));
    text = comma == std::string_view::npos ? std::string_view{} : text.substr(comma + 1);
    if (member.empty())
      continue;
    const auto equals = member.find('=');
    if (equals == std::string_view::npos || keys.size() == max_members)
      return {};
    const auto key = member.substr(0, equals);
    if (!is_key(key) || !is_value(member.substr(equals + 1)) || std::find(keys.begin(), keys.end(), key) != keys.end())
      return {};
    keys.push_back(key);
    if (result.size() + member.size() + 1 <= max_state_bytes)
      result.append(result.empty() ? "" : ",").append(member);
  }
  return result;
}

} // namespace

bool trace_context::is_valid() const noexcept {
  return trace_id != decltype(trace_id){} && span_id != decltype(span_id){};
}

std::optional<trace_context> trace_context::parse(std::string_view traceparent, std::string_view tracestate) {
  const auto text = without_spaces(traceparent);
  if (text.size() < traceparent_size || text[2] != '-' || text[35] != '-' || text[52] != '-')
    return std::nullopt;
  std::array<uint8_t, 1> version{}, flags{};
  trace_context result;
  if (!read_hex(text, version) || !read_hex(text.substr(3), result.trace_id)
      || !read_hex(text.substr(36), result.span_id) || !read_hex(text.substr(53), flags) || !result.is_valid()
      || version[0] == 0xFF)
    return std::nullopt;
  if (text.size() > traceparent_size && (version[0] == 0 || text[traceparent_size] != '-'))
    return std::nullopt;
  constexpr uint8_t known = 3; // of a later version, too
  result.flags = flags[0] & known;
  if (!tracestate.empty())
    result.state = state_of(tracestate);
  return result;
}

std::string trace_context::traceparent() const {
  std::string result = "00-";
  result.reserve(traceparent_size);
  append_hex(result, trace_id);
  result += '-';
  append_hex(result, span_id);
  result += '-';
  append_hex(result, std::array<uint8_t, 1>{flags});
  return result;
}

trace_context trace_context::current() {
  return current_context != nullptr ? *current_context : trace_context{};
}

// -- scopes and spans -----------------------------------------------------------

trace_scope::trace_scope(trace_context context)
  : context_(std::move(context)), outer_(std::exchange(current_context, &context_)) {}

trace_scope::~trace_scope() {
  current_context = outer_;
}

trace_span::trace_span(const engine::tracer* by, std::string_view name, span_kind kind) {
  if (by == nullptr)
    return;
  span_ = engine::open_span::within(*by, name, kind);
  scope_.emplace(span_->context());
  exceptions_ = std::uncaught_exceptions();
}

trace_span::~trace_span() {
  if (span_ && std::uncaught_exceptions() > exceptions_)
    span_->fail("an exception");
}

trace_span& trace_span::set(std::string_view name, std::string_view text) {
  if (span_)
    span_->set(name, text);
  return *this;
}

trace_span& trace_span::set(std::string_view name, int64_t number) {
  if (span_)
    span_->set(name, number);
  return *this;
}

void trace_span::fail(std::string_view why) {
  if (span_)
    span_->fail(why);
}

} // namespace bennu
