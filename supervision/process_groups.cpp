#include <bennu/supervision/process_groups.hpp>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <utility>

#include <caf/make_message.hpp>

namespace bennu {

namespace {

// Tells the memberships of one actor in one group apart.
uint64_t next_membership() noexcept {
  static std::atomic<uint64_t> last{0};
  return ++last;
}

std::vector<caf::actor> actors_of(std::vector<registration> all) {
  std::vector<caf::actor> result;
  result.reserve(all.size());
  for (auto& x : all)
    result.push_back(std::move(x.actor));
  return result;
}

} // namespace

process_groups::process_groups(std::string scope) : table_(registry_keys::duplicate, std::move(scope)) {}

caf::error process_groups::join(const std::string& group, const caf::actor& who) const {
  return table_.add(group, who, caf::make_message(next_membership()));
}

// Several threads may take back joins of one actor: each takes another one.
bool process_groups::leave(const std::string& group, const caf::actor& who) const {
  for (auto& membership : table_.values(group, who)) {
    const auto number = membership.get_as<uint64_t>(0);
    if (table_.remove_if(group, who, [number](auto& x) { return x.template get_as<uint64_t>(0) == number; }) > 0)
      return true;
  }
  return false;
}

std::vector<caf::actor> process_groups::members(const std::string& group) const {
  return actors_of(table_.lookup(group));
}

std::vector<std::string> process_groups::groups() const {
  std::vector<std::string> result;
  for (auto& x : table_.select([](const registry_entry&) { return true; }))
    result.push_back(x.key);
  std::sort(result.begin(), result.end());
  result.erase(std::unique(result.begin(), result.end()), result.end());
  return result;
}

size_t process_groups::send(const std::string& group, const caf::message& content) const {
  return table_.dispatch(group, content);
}

std::vector<caf::actor> process_groups::monitor(const std::string& group, const caf::actor& listener) const {
  return actors_of(table_.listen(group, listener));
}

void process_groups::demonitor(const std::string& group, const caf::actor& listener) const {
  table_.stop_listening(group, listener);
}

} // namespace bennu
