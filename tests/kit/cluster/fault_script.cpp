#include "tests/kit/cluster/fault_script.hpp"

#include <algorithm>
#include <charconv>
#include <sstream>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace bennu::engine {

bool fault_script::next(std::string what) {
  const auto number = ++count_;
  if (only_ && !only_->contains(number))
    return false;
  taken_.push_back({number, std::move(what)});
  return true;
}

std::set<size_t> fault_script::numbers() const {
  std::set<size_t> result;
  for (const auto& x : taken_)
    result.insert(x.number);
  return result;
}

std::vector<std::string> fault_script::lines() const {
  std::vector<std::string> result;
  for (const auto& x : taken_)
    result.push_back(std::to_string(x.number) + ": " + x.what);
  return result;
}

std::set<size_t> minimised(std::set<size_t> faults, const std::function<bool(const std::set<size_t>&)>& fails,
                           size_t max_runs) {
  size_t runs = 0;
  const auto still_fails = [&](const std::set<size_t>& x) { return ++runs <= max_runs && fails(x); };
  for (size_t parts = 1; !faults.empty() && runs < max_runs;) {
    const std::vector<size_t> all{faults.begin(), faults.end()};
    const auto size = (all.size() + parts - 1) / parts;
    bool smaller = false;
    for (size_t from = 0; from < all.size(); from += size) {
      auto rest = faults;
      for (auto i = from; i < std::min(from + size, all.size()); ++i)
        rest.erase(all[i]);
      if (rest.size() < faults.size() && still_fails(rest)) {
        faults = std::move(rest);
        smaller = true;
      }
    }
    if (size == 1 && !smaller)
      break;
    if (size > 1)
      parts = smaller ? std::max<size_t>(2, parts) : parts * 2;
    parts = std::clamp<size_t>(parts, 1, std::max<size_t>(1, faults.size()));
  }
  return faults;
}

std::set<size_t> parse_numbers(const std::string& text) {
  std::set<size_t> result;
  std::istringstream in{text};
  for (std::string part; std::getline(in, part, ',');) {
    size_t number = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), number);
    if (error != std::errc{} || end != part.data() + part.size())
      throw std::invalid_argument("not a list of numbers: " + text);
    result.insert(number);
  }
  return result;
}

std::string to_text(const std::set<size_t>& numbers) {
  std::string result;
  for (const auto x : numbers)
    result += (result.empty() ? "" : ",") + std::to_string(x);
  return result;
}

} // namespace bennu::engine
