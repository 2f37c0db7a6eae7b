#include "supervision/lookup/group_board.hpp"

#include <algorithm>
#include <stdexcept>

#include <caf/actor_system.hpp>
#include <caf/send.hpp>

#include "supervision/process/crash_report.hpp"
#include <bennu/supervision/registry.hpp>

namespace bennu::engine {

namespace {

// Whether the actor at this address lives. Its handle is the last of `bin`, whether it lives or not.
bool is_alive_in(std::vector<caf::actor>& bin, const caf::actor_addr& x) {
  bin.push_back(caf::actor_cast<caf::actor>(x));
  return is_alive(bin.back());
}

std::vector<caf::actor> living(const std::vector<caf::actor_addr>& all) {
  std::vector<caf::actor> result;
  for (const auto& x : all)
    if (auto who = live_actor(x))
      result.push_back(std::move(who));
  return result;
}

} // namespace

// -- changes ------------------------------------------------------------------

// Returns whether the actor is new here. REQUIRES: `mutex_` is locked.
bool group_board::enter(const std::string& group, const caf::actor& who, bin& used) {
  const bool is_new = !table_.knows(who.address());
  const auto number = table_.join(group, who);
  say_joined(group, who, used);
  if (peers_ != nullptr)
    peers_->tell({group, who, number});
  return is_new;
}

void group_board::end_membership(const std::string& group, const caf::actor_addr& who, uint64_t number, bin& used) {
  say_left(group, who, used);
  if (peers_ != nullptr)
    peers_->tell({group, nullptr, number});
}

caf::error group_board::join(const std::string& group, const caf::actor& who) {
  if (!is_alive(who))
    return make_error(registry_error::not_alive);
  if (who->node() != who->home_system().node())
    throw std::invalid_argument("an actor joins a group on its own node: " + group);
  bool is_new = false;
  {
    bin used;
    std::lock_guard guard{mutex_};
    if (peers_ != nullptr)
      peers_->require_valid(group);
    is_new = enter(group, who, used);
  }
  if (is_new) // an actor that has ended by now calls this at once
    who->attach_functor([weak = weak_from_this(), address = who.address()] {
      if (const auto self = weak.lock())
        self->ended(address);
    });
  if (is_alive(who))
    return {};
  ended(who.address()); // its own call may have come before this join
  return make_error(registry_error::not_alive);
}

bool group_board::leave(const std::string& group, const caf::actor& who) {
  if (!who)
    return false;
  bin used;
  std::lock_guard guard{mutex_};
  const auto number = table_.leave(group, who.address());
  if (number != 0)
    end_membership(group, who.address(), number, used);
  return number != 0;
}

void group_board::ended(const caf::actor_addr& who) {
  bin used;
  std::lock_guard guard{mutex_};
  for (const auto& [group, number] : table_.drop(who))
    end_membership(group, who, number, used);
}

// -- questions ----------------------------------------------------------------

std::vector<caf::actor> group_board::members(const std::string& group, bool own_only) const {
  std::unique_lock guard{mutex_};
  const auto all = table_.members(group, own_only);
  guard.unlock();
  return living(all);
}

std::vector<std::string> group_board::groups(bool own_only) const {
  std::unique_lock guard{mutex_};
  auto result = table_.groups(own_only);
  guard.unlock();
  std::erase_if(result, [&](const std::string& group) { return members(group, own_only).empty(); });
  return result;
}

// -- listeners ----------------------------------------------------------------

std::vector<caf::actor> group_board::monitor(const std::string& group, const caf::actor& who) {
  bin used;
  std::unique_lock guard{mutex_};
  std::erase_if(listeners_, [&](const auto& x) { return !is_alive_in(used, x.who); });
  if (who)
    listeners_.push_back({who.address(), group});
  const auto all = table_.members(group, false);
  guard.unlock();
  return living(all);
}

void group_board::demonitor(const std::string& group, const caf::actor& who) {
  std::lock_guard guard{mutex_};
  std::erase_if(listeners_, [&](const auto& x) { return x.who == who.address() && x.group == group; });
}

template <class F>
void group_board::each_listener(const std::string& group, bin& used, F f) {
  for (const auto& x : listeners_)
    if (x.group == group && is_alive_in(used, x.who))
      caf::anon_send(used.back(), f());
}

void group_board::say_joined(const std::string& group, const caf::actor& who, bin& used) {
  each_listener(group, used, [&] { return key_registered{scope_, group, who, {}}; });
}

void group_board::say_left(const std::string& group, const caf::actor_addr& who, bin& used) {
  each_listener(group, used, [&] { return key_unregistered{scope_, group, who}; });
}

// -- for the cluster ----------------------------------------------------------

void group_board::use(group_peers* peers) {
  std::lock_guard guard{mutex_};
  peers_ = peers;
}

std::vector<group_entry> group_board::own() const {
  std::unique_lock guard{mutex_};
  const auto all = table_.own();
  guard.unlock();
  std::vector<group_entry> result;
  for (const auto& x : all)
    if (auto who = live_actor(x.who))
      result.push_back({x.group, std::move(who), x.number});
  return result;
}

void group_board::receive(const std::string& node, bool whole, const std::vector<group_entry>& news) {
  if (whole)
    forget(node);
  bin used;
  std::pair<group_table::changes, group_table::changes> changes;
  std::lock_guard guard{mutex_};
  changes = table_.receive(node, news);
  for (const auto& x : changes.first)
    say_joined(x.group, x.who, used);
  for (const auto& x : changes.second)
    say_left(x.group, x.who.address(), used);
}

void group_board::forget(const std::string& node) {
  bin used;
  group_table::changes left;
  std::lock_guard guard{mutex_};
  left = table_.forget(node);
  for (const auto& x : left)
    say_left(x.group, x.who.address(), used);
}

} // namespace bennu::engine
