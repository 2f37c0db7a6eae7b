#include "transport/observer/question.hpp"

#include <algorithm>
#include <chrono>

#include "actors/json/utf8.hpp"

namespace bennu::engine {

const nlohmann::json* param_reader::find(const char* name) const {
  const auto found = from_.find(name);
  return found == from_.end() || found->is_null() ? nullptr : &*found;
}

uint64_t param_reader::number(const char* name, uint64_t fallback, uint64_t low, uint64_t high) const {
  const auto* x = find(name);
  if (x == nullptr)
    return fallback;
  if (x->is_number_unsigned() || (x->is_number_integer() && x->get<int64_t>() >= 0))
    if (const auto value = x->get<uint64_t>(); value >= low && value <= high)
      return value;
  throw wrong_params(std::string{name} + " must be a whole number from " + std::to_string(low) + " to "
                     + std::to_string(high));
}

std::string param_reader::text(const char* name, std::string fallback) const {
  const auto* x = find(name);
  if (x == nullptr)
    return fallback;
  if (const auto* value = x->get_ptr<const std::string*>(); value != nullptr && value->size() <= max_text)
    return *value;
  throw wrong_params(std::string{name} + " must be a text of at most " + std::to_string(max_text) + " bytes");
}

bool param_reader::flag(const char* name) const {
  const auto* x = find(name);
  if (x == nullptr)
    return false;
  if (!x->is_boolean())
    throw wrong_params(std::string{name} + " must be true or false");
  return x->get<bool>();
}

uint64_t param_reader::required_number(const char* name) const {
  if (find(name) == nullptr)
    throw wrong_params(std::string{name} + " is missing: give a whole number");
  return number(name, 0, 0, UINT64_MAX);
}

std::string param_reader::required_text(const char* name) const {
  auto result = text(name);
  if (result.empty())
    throw wrong_params(std::string{name} + " is missing: give a text");
  return result;
}

std::string shown_text(std::string_view text, size_t max_bytes) {
  constexpr std::string_view cut = "\xE2\x80\xA6"; // …
  std::string result;
  if (is_utf8(text)) {
    result = text;
  } else {
    for (const char* i = text.data(); i != text.data() + text.size();) {
      const auto length = utf8_length(i, text.data() + text.size());
      result += length == 0 ? std::string_view{"\xEF\xBF\xBD"} : std::string_view{i, length}; // U+FFFD
      i += std::max<size_t>(length, 1);
    }
  }
  if (result.size() > max_bytes)
    result = std::string{utf8_prefix(result, max_bytes)}.append(cut);
  return result;
}

bool contains_text(std::string_view text, std::string_view needle) noexcept {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::search(text.begin(), text.end(), needle.begin(), needle.end(),
                     [lower](char a, char b) { return lower(a) == lower(b); })
           != text.end()
         || needle.empty();
}

int64_t unix_ms() noexcept {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

} // namespace bennu::engine
