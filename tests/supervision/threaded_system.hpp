#pragma once

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <utility>

#include <caf/actor_system.hpp>
#include <caf/scoped_actor.hpp>

#include <bennu/supervision/config.hpp>
#include <bennu/supervision/exit.hpp>
#include <bennu/supervision/telemetry.hpp>

namespace bennu::test {

/// An actor system on real threads, with the events of its telemetry.
class threaded_system {
public:
  threaded_system() : system_(settings()) {}

  caf::actor_system& system() { return system_; }

  /// A future for the text of a field in the first event with this name (and, if given, with `wanted` in that field).
  std::future<std::string> event(std::string name, std::string field, std::string wanted = {}) {
    auto promise = std::make_shared<std::promise<std::string>>();
    auto told = std::make_shared<std::atomic<bool>>(false);
    auto result = promise->get_future();
    cfg_.hub().attach(name, [=](const telemetry_event& x) {
      if (x.name == name && (wanted.empty() || x.text(field) == wanted) && !told->exchange(true))
        promise->set_value(std::string{x.text(field)});
    });
    return result;
  }

  /// Sends a request and waits for the answer. On an error it returns the default value and sets `error()`. Ten
  /// seconds without an answer are an error.
  template <class Answer, class... Ts>
  Answer ask(const caf::actor& whom, Ts&&... xs) {
    Answer answer{};
    error_ = {};
    caf::scoped_actor asker{system_};
    asker->request(whom, std::chrono::seconds{10}, std::forward<Ts>(xs)...)
      .receive([&](Answer& x) { answer = std::move(x); }, [&](caf::error& x) { error_ = std::move(x); });
    return answer;
  }

  const caf::error& error() const { return error_; }

private:
  config& settings() {
    cfg_.set("scheduler.max-threads", size_t{2});
    return cfg_;
  }

  config cfg_;
  caf::actor_system system_;
  caf::error error_;
};

} // namespace bennu::test
