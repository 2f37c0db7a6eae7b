// Walks over parsed values with an explicit stack instead of recursion, because clients choose the depth.

#include <array>
#include <charconv>
#include <cmath>
#include <vector>

#include <nlohmann/json.hpp>

#include "actors/json/text.hpp"

namespace bennu::engine {

namespace {

using nlohmann::json;

struct level {
  json::const_iterator pos;
  json::const_iterator end;
  bool object;
};

template <class Number>
void append_digits(std::string& out, Number value) {
  std::array<char, 32> buffer;
  const auto last = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  out.append(buffer.data(), last);
}

// Appends the shortest text that a parser reads as the same double, and as a double. JSON has no NaN: it becomes null.
void append_double(std::string& out, double value) {
  if (!std::isfinite(value)) {
    out += "null";
    return;
  }
  const auto first = out.size();
  append_digits(out, value);
  if (out.find_first_of(".e", first) == std::string::npos)
    out += ".0";
}

void append_scalar(std::string& out, const json& value) {
  switch (value.type()) {
    case json::value_t::string:
      return append_json_string(out, value.get_ref<const std::string&>());
    case json::value_t::boolean:
      out += value.get<bool>() ? "true" : "false";
      return;
    case json::value_t::number_integer:
      return append_digits(out, value.get<json::number_integer_t>());
    case json::value_t::number_unsigned:
      return append_digits(out, value.get<json::number_unsigned_t>());
    case json::value_t::number_float:
      return append_double(out, value.get<double>());
    case json::value_t::binary:
      out += value.dump(); // not recursive: a binary value has no elements
      return;
    default:
      out += "null";
  }
}

// Closes the containers that end here and writes the key of the next element, if it has one.
// Returns false when no element is left.
bool next_element(std::string& out, std::vector<level>& open) {
  while (!open.empty() && open.back().pos == open.back().end) {
    out += open.back().object ? '}' : ']';
    open.pop_back();
    if (!open.empty() && ++open.back().pos != open.back().end)
      out += ',';
  }
  if (open.empty())
    return false;
  if (open.back().object) {
    append_json_string(out, open.back().pos.key());
    out += ':';
  }
  return true;
}

bool same_shape(const json& x, const json& y) {
  return x.is_structured() && x.type() == y.type() && x.size() == y.size();
}

} // namespace

void append_json(std::string& out, const json& value) {
  if (!value.is_structured())
    return append_scalar(out, value);
  std::vector<level> open;
  const auto enter = [&](const json& x) {
    out += x.is_object() ? '{' : '[';
    open.push_back({x.cbegin(), x.cend(), x.is_object()});
  };
  enter(value);
  while (next_element(out, open)) {
    auto& top = open.back();
    if (top.pos->is_structured()) {
      enter(*top.pos);
      continue;
    }
    append_scalar(out, *top.pos);
    if (++top.pos != top.end)
      out += ',';
  }
}

bool json_equal(const json& x, const json& y) {
  std::vector<std::pair<const json*, const json*>> open{{&x, &y}};
  while (!open.empty()) {
    const auto [left, right] = open.back();
    open.pop_back();
    if (!same_shape(*left, *right)) {
      if (left->is_structured() || right->is_structured() || *left != *right)
        return false;
      continue;
    }
    auto other = right->cbegin();
    for (auto pos = left->cbegin(); pos != left->cend(); ++pos, ++other) {
      if (left->is_object() && pos.key() != other.key())
        return false;
      open.emplace_back(&*pos, &*other);
    }
  }
  return true;
}

} // namespace bennu::engine
