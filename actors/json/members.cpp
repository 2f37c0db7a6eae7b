#include "actors/json/members.hpp"

#include "actors/json/scanner.hpp"
#include "actors/json/text.hpp"

namespace bennu::engine {

namespace {

bool is_called(std::string_view raw_name, std::string_view name) {
  if (raw_name.find('\\') != std::string_view::npos)
    return decode_json_string(raw_name) == name;
  return raw_name.substr(1, raw_name.size() - 2) == name;
}

// To an object that is not closed yet.
void append_member(std::string& object, std::string_view raw_name, std::string_view value) {
  if (object.size() > 1)
    object += ',';
  object += raw_name;
  object += ':';
  object += value;
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

std::optional<std::string> without_json_members(std::string_view text, std::initializer_list<std::string_view> names) {
  std::string result = "{";
  result.reserve(text.size());
  const bool is_object = for_each_member(text, [&](std::string_view raw_name, std::string_view value) {
    for (const auto name : names)
      if (is_called(raw_name, name))
        return;
    append_member(result, raw_name, value);
  });
  return is_object ? std::optional{result + '}'} : std::nullopt;
}

std::optional<std::string> with_json_member(std::string_view text, std::string_view name, std::string_view value) {
  auto result = without_json_members(text, {name});
  if (!result)
    return std::nullopt;
  result->pop_back();
  append_member(*result, json_string(name), value);
  return *result + '}';
}

} // namespace bennu::engine
