#include <bennu/actors/payload.hpp>

#include <atomic>
#include <memory>
#include <stdexcept>

#include <nlohmann/json.hpp>

#include "actors/json/scanner.hpp"
#include "actors/json/text.hpp"

namespace bennu {

using namespace engine;

namespace {

// Whether the JSON `text` nests arrays and objects deeper than `limit`.
bool is_deeper(std::string_view text, size_t limit) noexcept {
  size_t depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string && c == '\\')
      ++i;
    else if (in_string)
      in_string = c != '"';
    else if (c == '"')
      in_string = true;
    else if ((c == '[' || c == '{') && ++depth > limit)
      return true;
    else if (c == ']' || c == '}')
      --depth;
  }
  return false;
}

json parsed_value(const std::string& text) {
  try {
    return json::parse(text);
  } catch (const json::out_of_range&) { // an integer with hundreds of digits, which does not fit into a `json`
    return json::parse(json_number::with_finite_integers(text));
  }
}

} // namespace

/// What copies share. The text exists from the start; the parsed value is set at most once.
struct payload::content {
  content(std::string bytes_, bool binary_) : bytes(std::move(bytes_)), binary(binary_) {}
  content(const content&) = delete;
  content& operator=(const content&) = delete;
  ~content() { delete parsed.load(std::memory_order_relaxed); }

  // Two threads may parse at the same time; the result of the first one is kept.
  const json& value() {
    if (const auto* done = parsed.load(std::memory_order_acquire))
      return *done;
    auto mine = std::make_unique<const json>(parsed_value(bytes));
    const json* expected = nullptr;
    if (parsed.compare_exchange_strong(expected, mine.get(), std::memory_order_acq_rel))
      expected = mine.release();
    return *expected;
  }

  mutable std::atomic<uint32_t> references{0};
  const std::string bytes;
  const bool binary;
  std::atomic<const json*> parsed{nullptr};
};

void intrusive_ptr_add_ref(const payload::content* x) noexcept {
  x->references.fetch_add(1, std::memory_order_relaxed);
}

void intrusive_ptr_release(const payload::content* x) noexcept {
  if (x->references.fetch_sub(1, std::memory_order_acq_rel) == 1)
    delete x;
}

payload::payload(content* shared) noexcept : content_(shared) {}

payload payload::from_json(const json& value) {
  if (value.is_object() && value.empty())
    return {};
  std::string text;
  append_json(text, value);
  return from_text(std::move(text));
}

std::optional<payload> payload::parse(std::string text) {
  return is_json(text) ? std::optional{from_text(std::move(text))} : std::nullopt;
}

payload payload::from_text(std::string text) {
  if (text == "{}")
    return {};
  return payload{new content{std::move(text), false}};
}

payload payload::binary(std::string bytes) {
  return payload{new content{std::move(bytes), true}};
}

bool payload::is_binary() const noexcept {
  return content_ && content_->binary;
}

std::string_view payload::bytes() const noexcept {
  return content_ ? std::string_view{content_->bytes} : std::string_view{"{}"};
}

// The value at any depth, for walks that are not recursive.
const json& payload::parsed() const {
  static const json empty = json::object();
  return content_ ? content_->value() : empty;
}

bool payload::has_value() const noexcept {
  const auto text = bytes();
  return !is_binary() && (text.size() <= max_depth || !is_deeper(text, max_depth));
}

const json& payload::value() const {
  if (!content_)
    return parsed();
  if (content_->binary)
    throw std::invalid_argument("the payload is binary (" + std::to_string(content_->bytes.size())
                                + " bytes): use bytes(), not value()");
  if (!has_value())
    throw std::invalid_argument("the payload is nested more than " + std::to_string(max_depth)
                                + " levels deep: bytes() still has it, value() does not");
  return content_->value();
}

std::optional<payload> payload::member(std::string_view name) const {
  const auto found = is_binary() ? std::nullopt : find_json_member(bytes(), name);
  return found ? std::optional{from_text(std::string{*found})} : std::nullopt;
}

payload payload::with(std::string_view name, const payload& value) const {
  auto text = is_binary() || value.is_binary() ? std::nullopt : with_json_member(bytes(), name, value.bytes());
  if (!text)
    throw std::invalid_argument("with(\"" + std::string{name} + "\", …) adds JSON to a JSON object, which this is not");
  return from_text(std::move(*text));
}

bool operator==(const payload& x, const payload& y) {
  if (x.is_binary() || y.is_binary())
    return x.is_binary() == y.is_binary() && x.bytes() == y.bytes();
  return x.bytes() == y.bytes() || json_equal(x.parsed(), y.parsed());
}

} // namespace bennu
