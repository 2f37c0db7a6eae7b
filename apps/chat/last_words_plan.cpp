#include "apps/chat/last_words_plan.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>

#include <nlohmann/json.hpp>

namespace chat {

namespace {

using std::chrono::milliseconds;

// Longer than it takes to notice that a node is gone.
constexpr int64_t look_back = 30'000;

// The clocks of two nodes differ by less than this. Of a history that is shorter than twice this time, only the newer
// half is used.
constexpr milliseconds clock_difference = std::chrono::minutes{1};

// A topic keeps whatever any node broadcast on it, perhaps of another release.
std::optional<int64_t> id_of(const bennu::broadcast& x) {
  if (x.event != "new_message" || x.body.is_binary())
    return std::nullopt;
  const auto& body = x.body.value();
  if (!body.is_object() || !body.contains("id") || !body["id"].is_number_integer())
    return std::nullopt;
  return body["id"].get<int64_t>();
}

} // namespace

void last_words_plan::lost(const std::string& node, int64_t now) {
  others_.erase(node);
  looked_away(now);
}

void last_words_plan::looked_away(int64_t now) {
  since_ = std::min(since_.value_or(now), now - look_back);
}

void last_words_plan::asked() {
  if (since_)
    asked_ = std::min(asked_.value_or(*since_), *since_);
  since_.reset();
}

std::optional<int64_t> last_words_plan::from(int64_t now) const {
  if ((!since_ && !asked_) || (!others_.empty() && *others_.begin() < own_))
    return std::nullopt;
  const auto reach = kept_.age - std::min(clock_difference, kept_.age / 2);
  return std::max<int64_t>(std::min(since_.value_or(now), asked_.value_or(now)), now - reach.count());
}

// A message takes about twice its payload and 600 bytes (apps/guide/history.md); 700 leaves some room.
bool last_words_plan::is_full(const std::vector<bennu::broadcast_ptr>& told) const {
  size_t bytes = 0, largest = 0;
  for (const auto& x : told) {
    const auto one = 2 * x->body.bytes().size() + 700;
    bytes += one;
    largest = std::max(largest, one);
  }
  return told.size() >= kept_.messages || bytes + largest > kept_.bytes;
}

std::vector<message> last_words_plan::missing(const std::vector<message>& stored,
                                              const std::vector<bennu::broadcast_ptr>& told) const {
  std::set<int64_t> ids;
  for (const auto& x : told)
    if (const auto id = id_of(*x))
      ids.insert(*id);
  const auto oldest = is_full(told) && !ids.empty() ? *ids.begin() : 0;
  std::vector<message> result;
  std::copy_if(stored.begin(), stored.end(), std::back_inserter(result),
               [&](const message& x) { return x.id > oldest && !ids.contains(x.id); });
  return result;
}

} // namespace chat
