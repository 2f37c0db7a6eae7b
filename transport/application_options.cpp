#include <bennu/transport/application_options.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace bennu {

namespace {

std::string text_of(double x) {
  return std::trunc(x) == x && std::abs(x) < 1e15 ? std::to_string(static_cast<int64_t>(x)) : std::to_string(x);
}

} // namespace

option::option(std::string name, std::string& into, std::string help)
  : option(kind::one, std::move(name), std::move(help), into) {
  take_ = [&into](const option&, std::string_view text) {
    into = text;
    return true;
  };
}

option::option(std::string name, std::vector<std::string>& into, std::string help)
  : option(kind::many, std::move(name), std::move(help), {}) {
  take_ = [&into, is_first = true](const option&, std::string_view text) mutable {
    if (std::exchange(is_first, false))
      into.clear(); // the default
    into.emplace_back(text);
    return true;
  };
}

option::option(std::string name, bool& into, std::string help)
  : option(kind::flag, std::move(name), std::move(help), {}) {
  take_ = [&into](const option&, std::string_view text) {
    into = text == "true";
    return into || text == "false";
  };
}

std::string option::take(const std::string& text) const {
  if (!allowed_.empty() && std::find(allowed_.begin(), allowed_.end(), text) == allowed_.end()) {
    std::string result = text + " is none of:";
    for (auto& x : allowed_)
      result += " " + x;
    return result;
  }
  if (take_(*this, text))
    return {};
  if (kind_ == kind::flag)
    return text + " is neither true nor false";
  return text + " is not a number between " + text_of(low_) + " and " + text_of(high_);
}

} // namespace bennu
