#include <bennu/testing/expectation.hpp>

#include <exception>
#include <utility>

#include <nlohmann/json.hpp>

namespace bennu {

using json = nlohmann::json;

namespace {

using difference_text = std::optional<std::string>;

// Longer values are cut in messages: a test's reader wants the place, not a page.
constexpr size_t longest_value = 200;

std::string shown(const json& x) {
  auto text = x.dump(-1, ' ', false, json::error_handler_t::replace);
  return text.size() <= longest_value ? text : text.substr(0, longest_value) + "…";
}

std::string differs_at(const std::string& path, const std::string& expected, const std::string& got) {
  return "at " + (path.empty() ? "/" : path) + ": expected " + expected + ", got " + got;
}

difference_text first_change(const json& wanted, const json& actual, const std::string& path) {
  if (actual == wanted)
    return {};
  const auto changes = json::diff(wanted, actual);
  const auto& first = changes.front();
  const auto at = first.at("path").get<std::string>();
  const auto is_new = first.at("op") == "add";
  return differs_at(path + at, is_new ? "nothing there" : shown(wanted.at(json::json_pointer(at))),
                    first.at("op") == "remove" ? "nothing" : shown(first.at("value")));
}

std::string joined(const char* begin, const std::vector<std::string>& parts, const char* end) {
  std::string result = begin;
  for (const auto& x : parts)
    result += (&x == &parts.front() ? "" : ", ") + x;
  return result + end;
}

} // namespace

pattern::pattern(check differs, std::string text) : differs_(std::move(differs)), text_(std::move(text)) {}

pattern::pattern() : pattern(of(std::vector<pattern_member>{})) {}

pattern::pattern(std::initializer_list<pattern_member> members) : pattern(of(std::vector<pattern_member>{members})) {}

std::optional<std::string> pattern::difference(const json& actual) const {
  return differs_(actual, {});
}

pattern pattern::of(std::vector<pattern_member> members) {
  std::vector<std::string> parts;
  for (const auto& [name, value] : members)
    parts.push_back(json(name).dump() + ": " + value.text());
  auto differs = [members = std::move(members)](const json& actual, const std::string& path) -> difference_text {
    if (!actual.is_object())
      return differs_at(path, "an object", shown(actual)) + (actual.is_array() ? "; list({…}) expects a list" : "");
    for (const auto& [name, wanted] : members) {
      const auto found = actual.find(name);
      if (found == actual.end())
        return differs_at(path + "/" + name, wanted.text(), "nothing: the object is " + shown(actual));
      if (auto text = wanted.differs_(*found, path + "/" + name))
        return text;
    }
    return {};
  };
  return {std::move(differs), joined("{", parts, "}")};
}

pattern pattern::of(const json& value) {
  if (value.is_object()) {
    std::vector<pattern_member> members;
    for (const auto& [name, x] : value.items())
      members.push_back({name, of(x)});
    return of(std::move(members));
  }
  if (value.is_array()) {
    std::vector<pattern> elements;
    for (const auto& x : value)
      elements.push_back(of(x));
    return list(std::move(elements));
  }
  auto differs = [value](const json& actual, const std::string& path) -> difference_text {
    return actual == value ? difference_text{} : differs_at(path, shown(value), shown(actual));
  };
  return {std::move(differs), shown(value)};
}

pattern any() {
  return where("anything", [](const json&) { return true; });
}

pattern exactly(json value) {
  auto text = "exactly " + shown(value);
  return {[value = std::move(value)](const json& actual, const std::string& path) {
            return first_change(value, actual, path);
          },
          std::move(text)};
}

pattern list(std::vector<pattern> elements) {
  std::vector<std::string> parts;
  for (const auto& x : elements)
    parts.push_back(x.text());
  auto differs = [elements = std::move(elements)](const json& actual, const std::string& path) -> difference_text {
    if (!actual.is_array())
      return differs_at(path, "a list", shown(actual));
    for (size_t i = 0; i < elements.size() && i < actual.size(); ++i)
      if (auto text = elements[i].differs_(actual[i], path + "/" + std::to_string(i)))
        return text;
    if (actual.size() != elements.size())
      return differs_at(path, "a list of " + std::to_string(elements.size()),
                        "one of " + std::to_string(actual.size()));
    return {};
  };
  return {std::move(differs), joined("[", parts, "]")};
}

pattern capture(json& into) {
  return where("anything", [&into](const json& actual) {
    into = actual;
    return true;
  });
}

pattern where(std::string text, std::function<bool(const json&)> matches) {
  auto differs = [text, matches = std::move(matches)](const json& actual, const std::string& path) -> difference_text {
    try {
      return matches(actual) ? difference_text{} : differs_at(path, text, shown(actual));
    } catch (const std::exception& x) { // such as that of json::at
      return differs_at(path, text, shown(actual)) + ", for which the function threw: " + x.what();
    }
  };
  return {std::move(differs), text};
}

} // namespace bennu
