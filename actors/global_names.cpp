#include <bennu/actors/global_names.hpp>

#include <map>
#include <mutex>
#include <stdexcept>
#include <utility>

#include <caf/actor_system.hpp>
#include <caf/send.hpp>

#include "actors/cluster/link/link.hpp"
#include "actors/cluster/names/name_table.hpp"
#include "supervision/process/crash_report.hpp"
#include <bennu/supervision/process.hpp>
#include <bennu/supervision/registry.hpp>
#include <bennu/supervision/telemetry.hpp>

namespace bennu {

using namespace engine;

namespace {

// Entries of a peer with any other name are skipped, because names appear in logs, metrics and answers.
bool is_global_name(std::string_view name) {
  return name.starts_with(global_names::prefix) && !global_name_rule.problem(name);
}

} // namespace

/// The table, its lock, and the link; shared with the links and with the ends of actors.
class global_names::board final : public shared_names, public std::enable_shared_from_this<board> {
public:
  board(caf::actor_system& system, std::string node) : system_(system), table_(std::move(node)) {}

  void use(cluster_link* link) {
    std::lock_guard guard{mutex_};
    link_ = link;
  }

  caf::error add(const std::string& name, const caf::actor& who, when_name_is_lost then) {
    if (!is_alive(who))
      return registry_error::not_alive;
    {
      std::lock_guard guard{mutex_};
      const auto now = link_ != nullptr ? link_->micros_now() : 0; // without a cluster no ages are compared
      const name_entry entry{name, caf::actor_cast<caf::strong_actor_ptr>(who), now};
      if (!table_.add(entry))
        return registry_error::already_registered;
      fates_[name] = then;
      tell(entry);
    }
    who->attach_functor([weak = weak_from_this(), name, address = who.address()] {
      if (const auto self = weak.lock())
        self->remove(name, caf::actor_cast<caf::actor_control_block*>(address));
    });
    return {};
  }

  bool remove(const std::string& name, const caf::actor_control_block* who) {
    std::lock_guard guard{mutex_};
    if (!table_.remove(name, who))
      return false;
    fates_.erase(name);
    tell({name, nullptr, 0});
    return true;
  }

  caf::actor find(const std::string& name) const {
    std::lock_guard guard{mutex_};
    return caf::actor_cast<caf::actor>(table_.find(name));
  }

  std::vector<std::string> names() const {
    std::lock_guard guard{mutex_};
    return table_.names();
  }

  // -- shared_names -----------------------------------------------------------

  std::vector<name_entry> own() const override {
    std::lock_guard guard{mutex_};
    return table_.own();
  }

  void receive(const std::string& node, const names_message& message) override {
    auto x = message;
    std::erase_if(x.entries, [](const name_entry& entry) { return !is_global_name(entry.name); });
    std::vector<name_entry> losers;
    std::map<std::string, when_name_is_lost> fates;
    {
      std::lock_guard guard{mutex_};
      losers = table_.receive(node, x.whole, x.entries);
      for (const auto& one : losers) {
        fates.insert(fates_.extract(one.name));
        tell({one.name, nullptr, 0});
      }
    }
    for (const auto& one : losers)
      end(one, fates[one.name], node);
  }

  void lost(const std::string& node) override {
    std::lock_guard guard{mutex_};
    table_.forget(node);
  }

private:
  // REQUIRES: the lock is held, so that all nodes learn of changes in their order.
  void tell(const name_entry& change) {
    if (link_ != nullptr)
      link_->tell_names({change});
  }

  void end(const name_entry& loser, when_name_is_lost how, const std::string& to) {
    if (auto* events = telemetry::listening(system_))
      events->emit("names.conflict", {}, {{"name", loser.name}, {"winner", to}});
    const auto who = caf::actor_cast<caf::actor>(loser.who);
    if (how == when_name_is_lost::notify)
      caf::anon_send(who, global_name_conflict{loser.name, find(loser.name)});
    else
      signal_exit(who, exits::kill());
  }

  caf::actor_system& system_;
  mutable std::mutex mutex_;
  name_table table_;
  std::map<std::string, when_name_is_lost> fates_; // the fates of this node's entries
  cluster_link* link_ = nullptr;
};

global_names::global_names(caf::actor_system& system, std::string node)
  : board_(std::make_shared<board>(system, std::move(node))) {}

global_names::~global_names() {
  board_->use(nullptr);
}

void global_names::join(cluster_link& link) {
  board_->use(&link);
  link.carry(board_);
}

caf::error global_names::add(const std::string& name, const caf::actor& who, when_name_is_lost then) {
  if (const auto why = global_name_rule.problem(name))
    throw std::invalid_argument(*why);
  if (!name.starts_with(prefix))
    throw std::invalid_argument("a name of the whole cluster begins with global:, not so " + name);
  if (who && who->node() != who->home_system().node())
    throw std::invalid_argument("an actor is registered on its own node: " + name);
  return board_->add(name, who, then);
}

bool global_names::remove(const std::string& name, const caf::actor& who) {
  return board_->remove(name, caf::actor_cast<caf::actor_control_block*>(who));
}

caf::actor global_names::find(const std::string& name) const {
  return board_->find(name);
}

std::vector<std::string> global_names::names() const {
  return board_->names();
}

} // namespace bennu
