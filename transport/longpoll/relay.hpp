#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace bennu::engine {

/// A client's request for a long-polling session that lives on another node, as it travels there.
struct relayed_request {
  bool posts = false;              ///< POST, else GET
  std::string_view token{};        ///< the client's: the session's node checks it itself
  std::string_view content_type{}; ///< of a POST
  std::string_view body{};

  friend bool operator==(const relayed_request&, const relayed_request&) = default;
};

/// What the session's node answers.
struct relayed_answer {
  bool gone = false; ///< there is no such session, and the rest is nothing
  unsigned status = 200;
  std::string_view body{};

  friend bool operator==(const relayed_answer&, const relayed_answer&) = default;
};

std::string encode(const relayed_request& x);
std::string encode(const relayed_answer& x);

/// @returns nothing for what is none; texts point into `bytes`.
std::optional<relayed_request> parse_relayed_request(std::string_view bytes);
std::optional<relayed_answer> parse_relayed_answer(std::string_view bytes);

} // namespace bennu::engine
