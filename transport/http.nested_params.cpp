#include <bennu/transport/http.hpp>

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "transport/http/uri.hpp"

namespace bennu {

namespace {

// A value of this depth can still be copied, compared and written recursively.
constexpr size_t max_levels = 32;

// `a[b][]` has the segments a, b and an empty one, which means the next element of a list.
std::vector<std::string> keys_of(const std::string& name) {
  const auto bracket = name.find('[');
  if (bracket == std::string::npos || bracket == 0 || name.back() != ']')
    return {name};
  std::vector<std::string> result{name.substr(0, bracket)};
  std::string_view rest{name};
  rest.remove_prefix(bracket + 1);
  rest.remove_suffix(1);
  while (result.size() < max_levels) {
    const auto end = rest.find("][");
    result.emplace_back(rest.substr(0, end));
    if (end == std::string_view::npos)
      break;
    rest.remove_prefix(end + 2);
  }
  return result;
}

json& child_of(json& parent, const std::string& key, bool is_first) {
  if (key.empty() && !is_first) {
    if (!parent.is_array())
      parent = json::array();
    return parent.emplace_back();
  }
  if (!parent.is_object())
    parent = json::object();
  return parent[key];
}

} // namespace

json nested_params(std::string_view query) {
  if (const auto mark = query.find('?'); mark != std::string_view::npos)
    query.remove_prefix(mark + 1);
  else if (query.starts_with('/'))
    query = {};
  auto result = json::object();
  for (auto& [name, value] : engine::parse_query(query).value_or(engine::query_pairs{})) {
    auto* place = &result;
    bool is_first = true;
    for (const auto& key : keys_of(name)) {
      place = &child_of(*place, key, is_first);
      is_first = false;
    }
    *place = std::move(value);
  }
  return result;
}

} // namespace bennu
