#include "actors/cluster/calls/node_calls.hpp"

#include <utility>

#include <caf/send.hpp>

#include "supervision/lookup/current_actor.hpp"

namespace bennu::engine {

void node_calls::ask(const peer& whom, call_service what, std::string body, std::chrono::milliseconds timeout,
                     then f) const {
  auto sure = std::make_shared<sure_call<std::optional<call_answer>>>(std::move(f));
  if (const auto hub = hub_.get())
    caf::anon_send(hub, hub_ask{whom, what, std::move(body), timeout, std::move(sure)});
}

const node_calls::service* node_calls::find(uint64_t what) const {
  const auto found = services_.find(what);
  return found == services_.end() ? nullptr : &found->second;
}

} // namespace bennu::engine
