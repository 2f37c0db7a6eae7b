#include <bennu/actors/reply.hpp>

#include <atomic>
#include <utility>

#include <caf/send.hpp>

#include "actors/client/connection_messages.hpp"

namespace bennu {

using namespace engine;

/// The state that all copies share.
struct deferred_reply::debt {
  debt(caf::actor to, raw_ref of) : channel(std::move(to)), ref(std::move(of)) {}
  debt(const debt&) = delete;
  debt& operator=(const debt&) = delete;
  ~debt() { settle(reply::none()); }

  void settle(reply x) {
    if (!settled.exchange(true))
      caf::anon_send(channel, deferred_answer{std::move(ref), std::move(x)});
  }

  const caf::actor channel;
  raw_ref ref;
  std::atomic<bool> settled{false};
};

deferred_reply::deferred_reply(caf::actor channel, std::string ref)
  : debt_(std::make_shared<debt>(std::move(channel), std::move(ref))) {}

void deferred_reply::answer(reply x) const {
  debt_->settle(std::move(x));
}

} // namespace bennu
