#include "actors/json/scanner.hpp"

#include <vector>

#include "actors/json/bytes.hpp"
#include "actors/json/text.hpp"
#include "actors/json/utf8.hpp"

namespace bennu::engine {

/// The open containers: one bit each, set for an object.
class json_scanner::nesting {
public:
  void push(bool object) {
    if (depth_ != 0 && depth_ % 64 == 0)
      older_.push_back(bits_);
    bits_ = bits_ << 1 | static_cast<uint64_t>(object);
    ++depth_;
  }

  void pop() {
    bits_ >>= 1;
    --depth_;
    if (depth_ != 0 && depth_ % 64 == 0) {
      bits_ = older_.back();
      older_.pop_back();
    }
  }

  bool empty() const noexcept { return depth_ == 0; }
  bool in_object() const noexcept { return (bits_ & 1) != 0; }

private:
  uint64_t bits_ = 0; // at most the innermost 64
  size_t depth_ = 0;
  std::vector<uint64_t> older_;
};

bool json_scanner::accept(char c) noexcept {
  skip_space();
  if (pos_ == end_ || *pos_ != c)
    return false;
  ++pos_;
  return true;
}

bool json_scanner::at_end() noexcept {
  skip_space();
  return pos_ == end_;
}

std::optional<std::string_view> json_scanner::string() {
  skip_space();
  const auto* first = pos_;
  if (pos_ == end_ || *pos_ != '"') {
    fail("expected a string");
    return std::nullopt;
  }
  if (!skip_string())
    return std::nullopt;
  return std::string_view{first, static_cast<size_t>(pos_ - first)};
}

std::optional<std::string_view> json_scanner::value() {
  skip_space();
  const auto* first = pos_;
  nesting open;
  for (;;) {
    auto state = begin_value(open);
    if (state == step::complete)
      state = end_value(open);
    if (state == step::failed)
      return std::nullopt;
    if (state == step::complete)
      return std::string_view{first, static_cast<size_t>(pos_ - first)};
  }
}

// -- the grammar --------------------------------------------------------------

// Returns `opened` when another value must follow, such as the first one in a container.
json_scanner::step json_scanner::begin_value(nesting& open) {
  skip_space();
  if (pos_ == end_) {
    fail("expected a value, but the text ends");
    return step::failed;
  }
  bool valid = false;
  switch (*pos_) {
    case '{':
      return open_container(open, true);
    case '[':
      return open_container(open, false);
    case '"':
      valid = skip_string();
      break;
    case 't':
      valid = skip_literal("true");
      break;
    case 'f':
      valid = skip_literal("false");
      break;
    case 'n':
      valid = skip_literal("null");
      break;
    default:
      valid = skip_number();
  }
  return valid ? step::complete : step::failed;
}

json_scanner::step json_scanner::open_container(nesting& open, bool object) {
  ++pos_;
  if (accept(object ? '}' : ']'))
    return step::complete;
  if (object && !member_name())
    return step::failed;
  open.push(object);
  return step::opened;
}

// Closes the containers that end after a complete value. Returns `opened` when another value must follow.
json_scanner::step json_scanner::end_value(nesting& open) {
  while (!open.empty()) {
    const bool object = open.in_object();
    if (accept(','))
      return object && !member_name() ? step::failed : step::opened;
    if (!accept(object ? '}' : ']')) {
      fail(object ? "expected ',' or '}'" : "expected ',' or ']'");
      return step::failed;
    }
    open.pop();
  }
  return step::complete;
}

bool json_scanner::member_name() {
  if (!string())
    return false;
  return accept(':') || fail("expected ':' after a member's name");
}

bool json_scanner::skip_string() {
  for (++pos_;;) {
    pos_ = json_bytes::skip_plain(pos_, end_);
    if (pos_ == end_)
      return fail("a string does not end");
    const auto c = static_cast<unsigned char>(*pos_);
    if (c == '"') {
      ++pos_;
      return true;
    }
    if (c == '\\') {
      if (!skip_escape())
        return false;
    } else if (const auto length = c < 0x20 ? 0 : utf8_length(pos_, end_)) {
      pos_ += length;
    } else {
      return fail(c < 0x20 ? "a control character in a string" : "invalid UTF-8");
    }
  }
}

namespace {

// The code unit of `\uXXXX` at `pos`, or -1.
int read_unit(const char* pos, const char* end) {
  if (end - pos < 6 || pos[0] != '\\' || pos[1] != 'u')
    return -1;
  int result = 0;
  for (int i = 2; i < 6; ++i) {
    const char c = pos[i];
    const char lower = static_cast<char>(c | 0x20);
    if (c >= '0' && c <= '9')
      result = result * 16 + (c - '0');
    else if (lower >= 'a' && lower <= 'f')
      result = result * 16 + (lower - 'a' + 10);
    else
      return -1;
  }
  return result;
}

} // namespace

bool json_scanner::skip_escape() {
  if (end_ - pos_ < 2)
    return fail("a string does not end");
  if (pos_[1] != 'u') {
    if (std::string_view{"\"\\/bfnrt"}.find(pos_[1]) == std::string_view::npos)
      return fail("an unknown escape in a string");
    pos_ += 2;
    return true;
  }
  const auto unit = read_unit(pos_, end_);
  if (unit < 0)
    return fail("\\u needs four hexadecimal digits");
  pos_ += 6;
  if (unit < 0xD800 || unit > 0xDFFF)
    return true;
  const auto low = unit < 0xDC00 ? read_unit(pos_, end_) : -1;
  if (low < 0xDC00 || low > 0xDFFF)
    return fail("half of a surrogate pair");
  pos_ += 6;
  return true;
}

bool json_scanner::skip_number() {
  const auto* last = json_number::skip(pos_, end_);
  if (last == nullptr)
    return fail("expected a value");
  const std::string_view number{pos_, static_cast<size_t>(last - pos_)};
  if (!json_number::is_integer(number) && !json_number::is_finite(number))
    return fail("a number beyond the range of a double");
  pos_ = last;
  return true;
}

bool json_scanner::skip_literal(std::string_view word) {
  if (std::string_view{pos_, static_cast<size_t>(end_ - pos_)}.substr(0, word.size()) != word)
    return fail("expected a value");
  pos_ += word.size();
  return true;
}

void json_scanner::skip_space() noexcept {
  while (pos_ != end_ && (*pos_ == ' ' || *pos_ == '\n' || *pos_ == '\r' || *pos_ == '\t'))
    ++pos_;
}

bool json_scanner::fail(const char* problem) noexcept {
  problem_ = problem;
  return false;
}

size_t count_json_values(std::string_view text) noexcept {
  size_t count = 1;
  for (const char* i = text.data(); i != text.data() + text.size(); ++i) {
    if (*i == ',' || *i == '[' || *i == '{') {
      ++count;
    } else if (*i == '"') {
      for (++i; *i != '"'; ++i)
        i += *i == '\\' ? 1 : 0;
    }
  }
  return count;
}

bool is_json(std::string_view text) {
  json_scanner scanner{text};
  return scanner.value().has_value() && scanner.at_end();
}

} // namespace bennu::engine
