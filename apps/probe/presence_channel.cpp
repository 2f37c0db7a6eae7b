#include "apps/probe/presence_channel.hpp"

#include <caf/atom.hpp>

namespace bennu::probe {

namespace {

using after_join = caf::atom_constant<caf::atom("after_join")>;

} // namespace

join_result presence_channel::join(const json&) {
  key_ = join_params().member("key").value().value().get<std::string>();
  meta_ = join_params().member("meta").value_or(payload());
  self()->send(self(), after_join::value);
  return accept{};
}

const event_table& presence_channel::handle_in() const {
  static const events<presence_channel> table = {
    {"update",
     [](presence_channel& self, const payload& meta) {
       self.presence().update(self.key_, meta);
       return reply::ok();
     }},
    {"untrack",
     [](presence_channel& self, const payload&) {
       self.presence().untrack(self.key_);
       return reply::ok();
     }},
    {"list", [](presence_channel& self, const payload&) { return reply::ok(self.presence().list()); }},
  };
  return table;
}

caf::message_handler presence_channel::handle_info() {
  return {[this](after_join) {
    presence().track(key_, meta_);
    push("presence_state", presence().list());
  }};
}

} // namespace bennu::probe
