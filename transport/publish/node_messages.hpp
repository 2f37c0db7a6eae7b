#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <variant>
#include <vector>

#include "actors/cluster/link/link.hpp"
#include "actors/pubsub/subscriber_table.hpp"
#include "transport/publish/idempotency.hpp"

namespace bennu::engine {

/// The questions that the publish APIs of two nodes ask each other (`call_service::publish`). The first number is the
/// kind. Both sides skip what they do not know, so that nodes of two releases work together.

/// May `holder` carry out this request? The answer is a verdict.
struct api_claim {
  peer holder;
  digest key{};
  digest body{};

  friend bool operator==(const api_claim&, const api_claim&) = default;
};

/// These requests were carried out. The answer shows that the other node has the API, too, and knows them from now on.
/// An actor that has just started or connected sends none, and asks for all that the other node knows.
struct api_records {
  peer from;
  std::vector<idempotency_table::record> list;
  bool wants_all = false; ///< tell me all that you know
  bool is_end = false;    ///< with them I have told you all that I know

  friend bool operator==(const api_records&, const api_records&) = default;
};

/// Which topics have subscribers on your node? The answer is a part.
struct api_scan {
  std::string prefix;
  std::string after;
  uint64_t limit = 0;
  std::vector<std::string> patterns; ///< empty: all topics

  friend bool operator==(const api_scan&, const api_scan&) = default;
};

using api_question = std::variant<api_claim, api_records, api_scan>;
using topic_counts = std::map<std::string, uint64_t, std::less<>>;

std::string encode(const api_question& x);
std::string encode(const idempotency_table::verdict& x);
std::string encode(const topic_counts& x);

/// What an `api_records` is answered.
inline constexpr std::string_view api_records_kept = "kept";

// Each returns nothing for what is malformed or unknown.
std::optional<api_question> parse_api_question(std::string_view bytes);
std::optional<idempotency_table::verdict> parse_verdict(std::string_view bytes);
std::optional<topic_counts> parse_topic_counts(std::string_view bytes);

} // namespace bennu::engine
