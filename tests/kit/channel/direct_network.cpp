#include "tests/kit/channel/direct_network.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <caf/actor_clock.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>
#include <caf/send.hpp>

#include "supervision/process/local_message.hpp"

namespace bennu::engine {

namespace {

struct courier_task {
  using local_message = void;
  std::function<void()> run;
};

// An argument of its own: without one CAF 0.17.6 binds a reference to a null tuple, which UBSan stops.
caf::behavior run_tasks(caf::event_based_actor*, int) {
  return {[](const courier_task& x) { x.run(); }};
}

} // namespace

// -- the network ----------------------------------------------------------------

direct_network::direct_network(caf::actor_system& system) : system_(system), courier_(system.spawn(run_tasks, 0)) {}

direct_network::~direct_network() {
  caf::anon_send_exit(courier_, caf::exit_reason::user_shutdown);
}

direct_link& direct_network::add(peer who) {
  links_.push_back(std::make_unique<direct_link>(*this, std::move(who)));
  return *links_.back();
}

void direct_network::connect(direct_link& x) {
  x.is_cut_ = false;
  for (auto* other : peers_of(x))
    begin(x, *other);
}

void direct_network::disconnect(direct_link& x) {
  for (auto* other : peers_of(x))
    end(x, *other, "the test cut it");
  x.is_cut_ = true;
}

direct_link* direct_network::find(const std::string& name) noexcept {
  for (auto& x : links_)
    if (x->who_.name == name && !x->is_cut_)
      return x.get();
  return nullptr;
}

std::vector<direct_link*> direct_network::peers_of(const direct_link& x) {
  std::vector<direct_link*> result;
  for (auto& other : links_)
    if (other.get() != &x && !other->is_cut_ && !x.is_cut_)
      result.push_back(other.get());
  return result;
}

void direct_network::begin(direct_link& a, direct_link& b) {
  ++sessions_;
  tell_up(a, b);
  tell_up(b, a);
  for (auto [from, to] : {std::pair{&a, &b}, std::pair{&b, &a}})
    send_names(*from, *to, true, from->names_.own());
}

void direct_network::end(direct_link& a, direct_link& b, const std::string& why) {
  for (auto [here, there] : {std::pair{&a, &b}, std::pair{&b, &a}}) {
    if (here->hub_)
      caf::anon_send(here->hub_, link_down{there->who_, sessions_, why});
    later([here, name = there->who_.name] { here->names_.lost(name); });
  }
}

void direct_network::tell_up(const direct_link& to, const direct_link& of) {
  if (to.hub_)
    caf::anon_send(to.hub_, link_up{of.who_, sessions_});
}

void direct_network::send_names(const direct_link& from, direct_link& to, bool whole, std::vector<name_entry> entries) {
  later([name = from.who_.name, &to, packet = names_message{sessions_, whole, std::move(entries)}] {
    to.names_.receive(name, packet);
  });
}

void direct_network::later(task x) {
  caf::anon_send(courier_, courier_task{std::move(x)});
}

// -- a link ---------------------------------------------------------------------

void direct_link::attend(const caf::actor& hub) {
  hub_ = hub;
  for (const auto* other : network_.peers_of(*this))
    network_.tell_up(*this, *other);
}

bool direct_link::send(const std::string& name, link_block bytes, uint64_t) {
  const auto* to = is_cut_ ? nullptr : network_.find(name);
  if (to == nullptr || !to->hub_)
    return false;
  caf::anon_send(to->hub_, link_received{who_, network_.sessions_, std::move(bytes)});
  return true;
}

std::vector<link_state> direct_link::states() const {
  std::vector<link_state> result;
  for (const auto* other : network_.peers_of(*this))
    result.push_back({.peer = other->who_.name, .now = link_state::phase::up});
  return result;
}

void direct_link::tell_names(const std::vector<name_entry>& changes) {
  for (auto* other : network_.peers_of(*this))
    network_.send_names(*this, *other, false, changes);
}

uint64_t direct_link::micros_now() const {
  const auto now = network_.system_.scheduler().clock().now().time_since_epoch();
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(now).count());
}

void direct_link::cut(const std::string& name, const std::string& why) {
  if (auto* other = network_.find(name); other != nullptr && !is_cut_) {
    network_.end(*this, *other, why);
    network_.begin(*this, *other); // dialled again, at once
  }
}

} // namespace bennu::engine
