#pragma once

#include <memory>
#include <string>
#include <vector>

#include "transport/observer/question.hpp"
#include "transport/observer/sources.hpp"
#include "transport/observer/token_guard.hpp"
#include <bennu/supervision/child_spec.hpp>

namespace bennu {
class server;
} // namespace bennu

namespace bennu::engine {

/// Lets people see what a node does, and act on it: through the page under `/observer` with its channel, or by the
/// control socket. Both ask the same questions (`ask`).
///
/// It outlives the supervision tree and the server. Thread safety: any thread may call `ask` and `describe`, the rest
/// before the tree starts.
class observer_service {
public:
  observer_service(node_parts& of, observer_program program);
  ~observer_service();
  observer_service(const observer_service&) = delete;
  observer_service& operator=(const observer_service&) = delete;

  /// Serves the page and the endpoint `/observer/socket` to those who know the token.
  /// @throws std::logic_error when a path is taken.
  void mount(server& web, const std::string& token);

  /// The supervisor of those that answer: `temporary`, because a program goes on without observers.
  child_spec supervised();

  /// Answers a question, or carries out an action and writes the audit line. With the param `node` that node of the
  /// cluster answers, which writes its own audit line, too. `x.then` is called once, on any thread.
  void ask(observer_question x);

  /// The answer to the join of the channel.
  nlohmann::json describe() const;

  /// The lines of the log, which the program copies into it.
  const std::shared_ptr<log_ring>& log() const noexcept { return sources_.log; }

  /// How many questions may be under way at the same time; a further one is refused.
  static constexpr size_t max_questions = 256;

private:
  void ask_here(observer_question x);
  void ask_node(const std::string& name, observer_question x);
  void asked_by_node(const std::string& body, const node_calls::give_answer& answer);
  observer_reply audited(const observer_question& x) const;

  observer_sources sources_;
  std::unique_ptr<token_guard> guard_;
};

} // namespace bennu::engine
