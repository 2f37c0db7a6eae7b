#pragma once

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "actors/cluster/calls/node_calls.hpp"

namespace bennu::engine {

/// What an observer is answered: a value, or why there is none. A plain value.
struct observer_answer {
  nlohmann::json value;

  /// 0: `value` is the answer. Else as in HTTP: 400 the question makes no sense, 403 not allowed here, 404 there is no
  /// such thing, 409 not possible at present, 500 and above: this node could not answer.
  unsigned status = 500;
  std::string reason = "the question has crashed: the node's log says why"; ///< of one that nobody answered

  static observer_answer ok(nlohmann::json x) { return {std::move(x), 0, {}}; }
  static observer_answer problem(unsigned code, std::string why) { return {{}, code, std::move(why)}; }
  bool is_ok() const noexcept { return status == 0; }
};

/// What gets the answer to a question. It is called exactly once, on any thread.
using observer_reply = sure_call_ptr<observer_answer>;

/// What somebody asks of this node, or wants it to do.
struct observer_question {
  enum class type : uint8_t { view, action };

  type what = type::view;
  std::string name;      ///< of the view or the action
  nlohmann::json params; ///< an object
  std::string who;       ///< for the audit line of an action: the peer and its connection
  observer_reply then;
};

/// The params of a question are wrong; the text says what is allowed.
struct wrong_params : std::invalid_argument {
  using invalid_argument::invalid_argument;
};

/// What is asked for is not possible, with the status of the answer.
struct refused_question : std::runtime_error {
  refused_question(unsigned code, const std::string& text) : runtime_error(text), status(code) {}
  unsigned status;
};

/// Reads the params of a question. Each function throws `wrong_params` for a value of another type or beyond its
/// bounds. REQUIRES: the JSON outlives it.
class param_reader {
public:
  explicit param_reader(const nlohmann::json& from) : from_(from) {}

  bool has(const char* name) const { return from_.contains(name); }
  uint64_t number(const char* name, uint64_t fallback, uint64_t low, uint64_t high) const;
  std::string text(const char* name, std::string fallback = {}) const;
  bool flag(const char* name) const;

  /// A param without which the question makes no sense.
  uint64_t required_number(const char* name) const;
  std::string required_text(const char* name) const;

  /// The longest text.
  static constexpr size_t max_text = 1024;

private:
  const nlohmann::json* find(const char* name) const;
  const nlohmann::json& from_;
};

/// `text` as it may stand in JSON: bytes that are no UTF-8 are replaced, and a text beyond `max_bytes` is cut.
std::string shown_text(std::string_view text, size_t max_bytes = 2048);

/// Whether `needle` occurs in `text`, whatever the case of ASCII letters. An empty one occurs everywhere.
bool contains_text(std::string_view text, std::string_view needle) noexcept;

/// Milliseconds since 1970.
int64_t unix_ms() noexcept;

} // namespace bennu::engine
