#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <tuple>

namespace bennu::engine {

/// The request of a client whose long-polling session lives on another node, as it travels there.
struct relayed_request {
  bool posts = false;              ///< whether it is a POST, else a GET
  std::string_view token{};        ///< the client's token; the node of the session checks it
  std::string_view content_type{}; ///< the content type of a POST
  std::string_view body{};

  static auto fields(auto& x) { return std::tie(x.posts, x.token, x.content_type, x.body); }
  friend bool operator==(const relayed_request&, const relayed_request&) = default;
};

/// The response of the node that has the session.
struct relayed_answer {
  bool gone = false; ///< there is no such session; the other members mean nothing
  unsigned status = 200;
  std::string_view body{};

  static auto fields(auto& x) { return std::tie(x.gone, x.status, x.body); }
  friend bool operator==(const relayed_answer&, const relayed_answer&) = default;
};

std::string encode(const relayed_request& x);
std::string encode(const relayed_answer& x);

/// @returns nothing when `bytes` is malformed. Views point into `bytes`.
std::optional<relayed_request> parse_relayed_request(std::string_view bytes);
std::optional<relayed_answer> parse_relayed_answer(std::string_view bytes);

} // namespace bennu::engine
