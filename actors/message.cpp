#include <bennu/actors/message.hpp>

#include <map>
#include <mutex>
#include <utility>

#include "supervision/process/crash_report.hpp"

namespace bennu {

namespace {

struct message_list {
  std::mutex mutex;
  std::map<std::string, void (*)(caf::actor_system_config&, std::string)>
    types; // by the name in messages between nodes
};

// Declarations run before `main`, in any order of files.
message_list& messages() {
  static message_list result;
  return result;
}

} // namespace

void add_messages(caf::actor_system_config& config) {
  auto& list = messages();
  std::lock_guard guard{list.mutex};
  for (auto& [name, add] : list.types)
    add(config, name);
}

namespace engine {

void add_message(const std::type_info& type, void (*add)(caf::actor_system_config&, std::string name)) {
  auto& list = messages();
  std::lock_guard guard{list.mutex};
  list.types.emplace(type_name(type), add);
}

} // namespace engine

} // namespace bennu
