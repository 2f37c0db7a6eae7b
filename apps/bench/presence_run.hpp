#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "apps/bench/client.hpp"
#include "apps/bench/histogram.hpp"
#include "apps/bench/options.hpp"

namespace bennu::bench {

/// Members of one topic `presence:crowd`, one half on each of two nodes; each keeps what it was told of who is there.
class presence_run final : public client_events {
public:
  /// Connects them all; nobody has joined yet.
  presence_run(poller& loop, const target& first, const target& second, size_t members);

  /// All join at once.
  void join_all();

  /// One of the second node's members leaves.
  void leave_one();

  /// How many have yet to see everybody who is there, and nobody else.
  size_t behind() const noexcept { return behind_; }

  /// The second node is gone: its clients are, too, and only the first one's count.
  void lose_second();

private:
  struct member {
    std::unique_ptr<client> link;
    std::vector<bool> sees;
    size_t seen = 0;
    bool counted_behind = true;
  };

  void opened(client& from) override;
  void received(client& from, const message_view& message, time_point when) override;
  void note(member& who, std::string_view part, bool there);
  void judge(member& who);
  void expect(size_t present);
  bool belongs_to_second(size_t i) const noexcept { return i >= members_.size() / 2; }

  poller& loop_;
  std::vector<member> members_;
  size_t open_ = 0;
  size_t expected_ = 0;
  size_t behind_ = 0;
};

} // namespace bennu::bench
