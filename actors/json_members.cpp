#include "actors/json_members.hpp"

#include "actors/json_scanner.hpp"
#include "actors/json_text.hpp"

namespace bennu {

namespace {

bool is_called(std::string_view raw_name, std::string_view name) {
  if (raw_name.find('\\') != std::string_view::npos)
    return decode_json_string(raw_name) == name;
  return raw_name.substr(1, raw_name.size() - 2) == name;
}

// Calls `visit` with the raw name and value of each member in order; false when `text` is no object.
template <class Visitor>
bool for_each_member(std::string_view text, Visitor visit) {
  json_scanner in{text};
  if (!in.accept('{'))
    return false;
  if (in.accept('}'))
    return true;
  do {
    const auto name = in.string();
    if (!name || !in.accept(':'))
      return false;
    const auto value = in.value();
    if (!value)
      return false;
    visit(*name, *value);
  } while (in.accept(','));
  return true;
}

} // namespace

std::optional<std::string_view> find_json_member(std::string_view text, std::string_view name) {
  std::optional<std::string_view> result;
  for_each_member(text, [&](std::string_view raw_name, std::string_view value) {
    if (is_called(raw_name, name))
      result = value;
  });
  return result;
}

std::optional<std::string> with_json_member(std::string_view text, std::string_view name, std::string_view value) {
  std::string result = "{";
  result.reserve(text.size() + name.size() + value.size() + 4);
  auto add = [&result](std::string_view raw_name, std::string_view raw_value) {
    if (result.size() > 1)
      result += ',';
    result += raw_name;
    result += ':';
    result += raw_value;
  };
  const bool is_object = for_each_member(text, [&](std::string_view raw_name, std::string_view raw_value) {
    if (!is_called(raw_name, name))
      add(raw_name, raw_value);
  });
  if (!is_object)
    return std::nullopt;
  add(json_string(name), value);
  return result + '}';
}

} // namespace bennu
