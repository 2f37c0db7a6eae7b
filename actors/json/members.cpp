#include "actors/json/members.hpp"

#include <algorithm>

namespace bennu::engine {

namespace {

// Appends a member to an object whose closing brace is missing.
void append_member(std::string& object, std::string_view raw_name, std::string_view value) {
  if (object.size() > 1)
    object += ',';
  object += raw_name;
  object += ':';
  object += value;
}

} // namespace

std::optional<std::string_view> find_json_member(std::string_view text, std::string_view name) {
  std::optional<std::string_view> result;
  json_scanner in{text};
  read_json_members(in, [&](std::string_view its_name, std::string_view, std::string_view value) {
    if (its_name == name)
      result = value;
  });
  return result;
}

std::optional<std::string> without_json_members(std::string_view text, std::initializer_list<std::string_view> names) {
  std::string result = "{";
  result.reserve(text.size());
  json_scanner in{text};
  const auto* problem =
    read_json_members(in, [&](std::string_view name, std::string_view raw_name, std::string_view value) {
      if (std::find(names.begin(), names.end(), name) == names.end())
        append_member(result, raw_name, value);
    });
  return problem ? std::nullopt : std::optional{result + '}'};
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
