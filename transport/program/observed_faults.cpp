#include "transport/program/observed_faults.hpp"

#include <algorithm>

#include "actors/json/fault_json.hpp"

namespace bennu::engine {

uint64_t observed_faults::cause(const fault& x) {
  std::lock_guard guard{changing_};
  const auto id = faults_.cause(x);
  std::lock_guard listing{listing_};
  active_.emplace(id, listed{to_json(x), to_string(x), x.rule.what == fault_action::cut ? x.peer : std::string{}});
  return id;
}

uint64_t observed_faults::pause(const caf::actor& whom, const std::string& who, std::chrono::milliseconds time) {
  std::lock_guard guard{changing_};
  const auto id = faults_.pause(whom, time);
  std::lock_guard listing{listing_};
  active_.emplace(id, listed{{{"fault", "pause"}, {"actor", whom.id()}, {"label", who}, {"time", time.count()}},
                             "pause " + who + " for " + std::to_string(time.count()) + " ms"});
  return id;
}

uint64_t observed_faults::heal(uint64_t id) {
  std::lock_guard guard{changing_};
  uint64_t hits = 0;
  if (id == 0)
    faults_.heal();
  else
    hits = faults_.heal(id);
  std::lock_guard listing{listing_};
  if (id == 0)
    active_.clear();
  else
    active_.erase(id);
  return hits;
}

nlohmann::json observed_faults::list() const {
  auto result = nlohmann::json::array();
  // Does not wait for a fault that begins or ends, which may take seconds. The hits are not known meanwhile.
  const std::unique_lock still{changing_, std::try_to_lock};
  std::lock_guard guard{listing_};
  for (const auto& [id, x] : active_)
    result.push_back({{"id", id},
                      {"fault", x.what},
                      {"hits", still ? nlohmann::json(faults_.hits(id)) : nlohmann::json{}},
                      {"text", x.text}});
  return result;
}

bool observed_faults::is_cut(const std::string& peer) const {
  std::lock_guard guard{listing_};
  return std::any_of(active_.begin(), active_.end(), [&](const auto& x) { return x.second.cut == peer; });
}

nlohmann::json possible_faults() {
  const auto row = [](const char* word, std::initializer_list<const char*> params, const char* text) {
    return nlohmann::json{{"do", word}, {"params", params}, {"text", text}};
  };
  return {
    row("crash", {"label", "event", "probability", "times"},
        "actors whose label matches crash: at once, or at each message that matches the event"),
    row("delay", {"label", "event", "time", "probability", "times"}, "matching messages are handled later (ms)"),
    row("drop", {"label", "event", "probability", "times"}, "matching messages are lost"),
    row("refuse", {"label", "probability", "times"}, "children with a matching id do not start"),
    row("full_disk", {"label", "probability", "times"}, "writing fails as on a full disk: log, database"),
    row("cut", {"peer"}, "the link to another node is cut, until it is healed"),
    row("slow", {"peer", "time"}, "what arrives from another node comes later (ms)"),
    row("pause", {"time"}, "the whole node does nothing for so long (ms), and cannot be healed meanwhile"),
    row("clock", {"jump"}, "the wall clock jumps ahead (ms); negative: back"),
  };
}

} // namespace bennu::engine
