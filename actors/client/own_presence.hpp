#pragma once

#include <thread>

#include "actors/presence/batch.hpp"

namespace bennu::engine {

class channel_join;

/// The client of a join whose channel uses presence: what it knows, and how it is told immediately.
///
/// Thread safety: none; it belongs to the thread of the channel. On any other thread, such as in a task of
/// `channel::blocking`, `client` returns 0.
class own_presence final : public presence_teller {
public:
  explicit own_presence(channel_join& join);

  /// The channel is about to use presence.
  void use() noexcept { thread_ = std::this_thread::get_id(); }

  uint64_t client() const noexcept override;
  void tell(const payload& diff) override;
  void listed(uint64_t last) noexcept override { listed_ = last; }

  /// The client received `presence_state`: the list that its channel has requested last.
  void state_pushed() noexcept { knowledge_.known = listed_; }

  const presence_knowledge& knowledge() const noexcept { return knowledge_; }

private:
  channel_join& join_;
  presence_knowledge knowledge_;
  uint64_t listed_ = 0;
  std::thread::id thread_;
};

} // namespace bennu::engine
