#include "transport/serving/drainer.hpp"

#include <algorithm>

#include <caf/send.hpp>

#include "actors/client/connection.hpp"
#include "actors/client/connection_messages.hpp"
#include "supervision/children/parent.hpp"
#include "supervision/process/local_message.hpp"
#include "transport/admission/client_admission.hpp"
#include "transport/http/service.hpp"
#include "transport/io/unit_sockets.hpp"
#include "transport/longpoll/longpoll.hpp"
#include <bennu/supervision/telemetry.hpp>

namespace bennu::engine {

namespace {

// How many clients of one unit are asked to leave at once; there are ten batches per second on average, so that the
// batches of several servers do not coincide. The clients reconnect to other nodes, and too many at once would hurt
// those more than the wait hurts.
constexpr size_t batch_size = 500;
constexpr auto batch_interval = std::chrono::milliseconds{100};

// How many batches a polling client has to fetch its last messages once no other client is connected: a second.
constexpr int batches_for_last_messages = 10;

struct drain_tick {
  using local_message = void;
};

} // namespace

drainer::drainer(caf::actor_config& config, drainer_services of) : process(config), of_(std::move(of)) {
  obey_parent_alone(*this, config, [this](caf::error reason) { begin(std::move(reason)); });
}

caf::behavior drainer::make_behavior() {
  return {[this](drain_tick) { next_batch(); }};
}

void drainer::begin(caf::error why) {
  if (std::exchange(begun_, true))
    return;
  reason_ = std::move(why);
  of_.admission.is_draining = true;
  if (auto* hub = telemetry::listening(system()))
    hub->emit("socket.drain", {{"clients", static_cast<int64_t>(of_.service.clients.now())}}, {});
  deadline_ = std::chrono::steady_clock::now() + of_.service.options.drain_timeout;
  next_batch();
}

void drainer::next_batch() {
  const bool late = std::chrono::steady_clock::now() >= deadline_;
  for (auto& sockets : of_.units)
    sockets->unit().post([&unit = *sockets, late] {
      if (late)
        return unit.stop();
      unit.drain();
      // A client that was asked and cannot leave, because it does not read, must not delay others.
      size_t asked = 0;
      for (auto* client : unit.services().live)
        if (client->actor && client->session().is_open()) {
          caf::anon_send(client->actor, drain{});
          if (++asked == batch_size)
            break;
        }
    });
  if (late || everybody_left())
    return quit(reason_);
  delayed_send(this, batch_interval / 2 + random_() % batch_interval.count() * std::chrono::milliseconds{1},
               drain_tick{});
}

bool drainer::everybody_left() {
  const auto busy = [](auto& x) { return x->requests_under_way() != 0; };
  if (of_.connections != 0 || std::any_of(of_.units.begin(), of_.units.end(), busy))
    return false;
  return of_.polls.sessions() == 0 || ++batches_without_connections_ > batches_for_last_messages;
}

} // namespace bennu::engine
