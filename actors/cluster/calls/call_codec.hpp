#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bennu::engine {

/// A question to a node.
struct call_parcel {
  uint64_t id = 0;      ///< unique during the asking node's life
  uint64_t service = 0; ///< see `call_service`
  std::string_view body{};

  friend bool operator==(const call_parcel&, const call_parcel&) = default;
};

/// The answer to a question.
struct answer_parcel {
  uint64_t id = 0;            ///< the question's
  bool wants_receipt = false; ///< whether the answering node wants to know the fate of the answer
  std::string_view body{};

  friend bool operator==(const answer_parcel&, const answer_parcel&) = default;
};

/// The fate of an answer.
struct receipt_parcel {
  uint64_t id = 0; ///< the question's
  bool reached = false;

  friend bool operator==(const receipt_parcel&, const receipt_parcel&) = default;
};

void append_call(std::string& out, const call_parcel& x);
void append_answer(std::string& out, const answer_parcel& x);
void append_receipt(std::string& out, const receipt_parcel& x);

/// @returns nothing when `content` is malformed. Views point into `content`. Fields that a later version appends are
/// skipped.
std::optional<call_parcel> parse_call(std::string_view content);
std::optional<answer_parcel> parse_answer(std::string_view content);
std::optional<receipt_parcel> parse_receipt(std::string_view content);

} // namespace bennu::engine
