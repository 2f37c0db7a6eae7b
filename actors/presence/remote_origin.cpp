#include "actors/presence/remote_origin.hpp"

#include <utility>

namespace bennu::engine {

presence_want remote_origin::up() {
  connected_ = true;
  asked_ = true;
  parts_taken_ = 0;
  return {mirror_.applied(), mirror_.broken()};
}

void remote_origin::down(time_point now) {
  if (std::exchange(connected_, false))
    down_since_ = now;
}

// The digest describes the moment at which it was sent, and the session keeps the order. So all earlier ops have
// arrived, or are lost.
std::optional<presence_want> remote_origin::receive(const presence_digest& x, presence_changes& out) {
  announced(x.seq);
  asked_ = false; // if the request is still unanswered, it is lost
  if (!mirror_.broken() && mirror_.applied() == x.seq && mirror_.digest() == x.digest) {
    show(out);
    return std::nullopt;
  }
  if (parts_taken_ != 0 && parts_.seq >= x.seq)
    return std::nullopt; // the answer is arriving
  auto wanted = want();
  if (wanted)
    wanted->whole = wanted->whole || mirror_.applied() >= x.seq;
  return wanted;
}

std::optional<presence_want> remote_origin::receive(const presence_ops& x, presence_changes& out) {
  if (!x.ops.empty())
    announced(x.ops.back().seq);
  presence_changes changes;
  const auto result = mirror_.apply(x.ops, changes);
  if (shown_)
    std::move(changes.begin(), changes.end(), std::back_inserter(out));
  return result == origin_mirror::result::gap ? want() : std::nullopt;
}

std::optional<presence_want> remote_origin::receive(const presence_part& x, presence_changes& out) {
  announced(x.seq);
  if (x.index == 0) {
    parts_ = {x.seq, {}};
    parts_taken_ = 0;
  }
  if (x.seq != parts_.seq || x.index != parts_taken_)
    return want();
  parts_.entries.insert(parts_.entries.end(), x.entries.begin(), x.entries.end());
  if (++parts_taken_ != x.count)
    return std::nullopt;
  parts_taken_ = 0;
  asked_ = false;
  presence_changes changes;
  mirror_.apply(std::exchange(parts_, {}), changes);
  if (shown_)
    std::move(changes.begin(), changes.end(), std::back_inserter(out));
  else if (connected_)
    show(out);
  return std::nullopt;
}

void remote_origin::show(presence_changes& out) {
  if (!std::exchange(shown_, true))
    mirror_.all_joined(out);
}

void remote_origin::hide(presence_changes& out) {
  if (std::exchange(shown_, false))
    mirror_.all_left(out);
}

bool remote_origin::expire(time_point now, presence_changes& out) {
  if (connected_)
    return false;
  if (now >= down_since_ + options_.grace)
    hide(out);
  return now >= down_since_ + options_.grace + options_.forget;
}

std::optional<remote_origin::time_point> remote_origin::next_deadline() const {
  if (connected_)
    return std::nullopt;
  return down_since_ + options_.grace + (shown_ ? std::chrono::milliseconds{0} : options_.forget);
}

std::optional<presence_want> remote_origin::want() {
  if (std::exchange(asked_, true))
    return std::nullopt;
  return presence_want{mirror_.applied(), mirror_.broken()};
}

} // namespace bennu::engine
