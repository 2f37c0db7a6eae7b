#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "apps/bench/siege/attacker.hpp"

namespace bennu::bench {

/// A kind of hostile client.
struct attack {
  enum class place {
    anywhere, ///< any server
    chat,     ///< only a chat
    cluster,  ///< only a server whose cluster port is known
  };

  const char* name;
  const char* description;
  place where;
  std::unique_ptr<attacker> (*make)(poller& loop, const battlefield& field, size_t number, attack_count& count);
};

/// All attacks, from those on connections up to those on the chat.
const std::vector<attack>& all_attacks();

/// The attacks of one theme. Each stands in the .cpp file of its name.
std::vector<attack> attacks_on_bodies();
std::vector<attack> attacks_with_frames();
std::vector<attack> attacks_on_chat();

/// A row of the table: the name, the description, and the class of the attacker.
template <class Attacker>
attack make_attack(const char* name, const char* description, attack::place where = attack::place::anywhere) {
  return {name, description, where,
          [](poller& loop, const battlefield& field, size_t number, attack_count& count) -> std::unique_ptr<attacker> {
            return std::make_unique<Attacker>(loop, field, number, count);
          }};
}

} // namespace bennu::bench
