#include "actors/client/connection_view.hpp"

#include <algorithm>

#include <caf/actor_cast.hpp>

#include "actors/client/channel_join.hpp"
#include "actors/client/channel_route.hpp"
#include "actors/client/connection.hpp"
#include <bennu/supervision/process.hpp>

namespace bennu::engine {

std::vector<join_view> joins_of(const connection& x, size_t most) {
  std::vector<join_view> result;
  for (const auto& join : x.joins()) {
    if (result.size() == most)
      break;
    join_view one{join->topic(),
                  join->route().name,
                  std::string{to_string(join->state.phase())},
                  0,
                  0,
                  join->waiting.size(),
                  join->owed_count(),
                  0};
    const auto size = join->size();
    one.memory = size.own_bytes + size.waiting_bytes;
    if (join->actor) {
      one.actor = join->actor.id();
      if (const auto* actor = dynamic_cast<const process*>(caf::actor_cast<caf::abstract_actor*>(join->actor)))
        one.mailbox = actor->mailbox_depth();
    }
    result.push_back(std::move(one));
  }
  return result;
}

bool joins_topic_like(const connection& x, std::string_view text) noexcept {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  const auto same = [lower](char a, char b) { return lower(a) == lower(b); };
  return std::any_of(x.joins().begin(), x.joins().end(), [&](const auto& join) {
    const auto& topic = join->topic();
    return std::search(topic.begin(), topic.end(), text.begin(), text.end(), same) != topic.end();
  });
}

} // namespace bennu::engine
