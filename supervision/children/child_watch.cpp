#include "supervision/children/child_watch.hpp"

#include <optional>
#include <utility>

#include <caf/actor_cast.hpp>
#include <caf/actor_config.hpp>
#include <caf/attachable.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/local_actor.hpp>
#include <caf/mailbox_element.hpp>

#include <bennu/supervision/child_spec.hpp>

namespace bennu::engine {

namespace {

// An own number beside CAF's 0..3 (caf/attachable.hpp).
constexpr size_t find_token = 0x62656e6e;

struct find_request {
  static constexpr size_t token_type = find_token;
  caf::actor_addr supervisor;
  std::optional<child_key>* found;
  bool detach;
};

class child_attachable : public caf::attachable {
public:
  child_attachable(caf::actor_addr supervisor, child_key key) : supervisor_(std::move(supervisor)), key_(key) {}

  void actor_exited(const caf::error& reason, caf::execution_unit* host) override {
    if (auto supervisor = caf::actor_cast<caf::strong_actor_ptr>(supervisor_))
      supervisor->enqueue(caf::make_mailbox_element(nullptr, caf::make_message_id(caf::message_priority::high), {},
                                                    child_down{key_, reason}),
                          host);
  }

  bool matches(const token& what) override {
    if (what.subtype != find_token)
      return false;
    auto& request = *static_cast<const find_request*>(what.ptr);
    if (request.supervisor != supervisor_)
      return false;
    *request.found = key_;
    return request.detach;
  }

private:
  caf::actor_addr supervisor_;
  child_key key_;
};

std::optional<child_key> find(const caf::actor& child, const caf::actor_addr& supervisor, bool detach) {
  std::optional<child_key> found;
  if (child)
    caf::actor_cast<caf::abstract_actor*>(child)->detach(find_request{supervisor, &found, detach});
  return found;
}

} // namespace

void watch(const caf::actor& child, const caf::actor_addr& supervisor, child_key key) {
  caf::actor_cast<caf::abstract_actor*>(child)->attach(caf::attachable_ptr{new child_attachable{supervisor, key}});
}

std::optional<child_key> watched_as(const caf::actor& child, const caf::actor_addr& supervisor) {
  return find(child, supervisor, false);
}

void unwatch(const caf::actor& child, const caf::actor_addr& supervisor) {
  find(child, supervisor, true);
}

} // namespace bennu::engine
