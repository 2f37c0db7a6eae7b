#include "transport/program/stop_signals.hpp"

#include <csignal>
#include <tuple>

#include <sys/wait.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "transport/program/files.hpp"

using namespace bennu;
using namespace bennu::engine;

namespace {

/// A child process that watches for signals. It reports through a pipe when it is ready and when it drains.
struct watching_process {
  pid_t pid = -1;
  int pipe_end = -1;

  explicit watching_process(int ignored = 0) {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    pid = ::fork();
    if (pid == 0) {
      if (ignored != 0)
        std::signal(ignored, SIG_IGN);
      const int quiet = ends[1];
      const auto say = [quiet](const char* word) { return [quiet, word] { std::ignore = ::write(quiet, word, 1); }; };
      stop_signals signals;
      signals.watch(say("d"), say("s"), say("h"));
      say("r")();
      for (;;)
        ::pause();
    }
    ::close(ends[1]);
    pipe_end = ends[0];
  }

  ~watching_process() {
    ::close(pipe_end);
    if (pid > 0) {
      ::kill(pid, SIGKILL);
      ::waitpid(pid, nullptr, 0);
    }
  }

  char next_word() const {
    char result = 0;
    return ::read(pipe_end, &result, 1) == 1 ? result : '\0';
  }

  int status() {
    int result = 0;
    ::waitpid(pid, &result, 0);
    pid = -1;
    return result;
  }
};

} // namespace

TEST_CASE("stop_signals: the first signal drains, the second ends the process immediately") {
  watching_process child;
  REQUIRE(child.next_word() == 'r');
  ::kill(child.pid, SIGTERM);
  CHECK(child.next_word() == 'd');
  ::kill(child.pid, SIGINT);
  const auto status = child.status();
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 128 + SIGINT);
}

TEST_CASE("stop_signals: SIGUSR1 shows the tree every time and stops nothing") {
  watching_process child;
  REQUIRE(child.next_word() == 'r');
  for (int i = 0; i < 3; ++i) {
    ::kill(child.pid, SIGUSR1);
    CHECK(child.next_word() == 's');
  }
  ::kill(child.pid, SIGTERM);
  CHECK(child.next_word() == 'd');
}

TEST_CASE("stop_signals: SIGHUP reloads, as often as it comes, and ends nothing") {
  watching_process child;
  REQUIRE(child.next_word() == 'r');
  for (int i = 0; i < 3; ++i) {
    ::kill(child.pid, SIGHUP);
    CHECK(child.next_word() == 'h');
  }
}

TEST_CASE("stop_signals: a signal that was ignored at the start stays ignored") {
  for (const int ignored : {SIGHUP, SIGINT}) {
    watching_process child{ignored};
    REQUIRE(child.next_word() == 'r');
    ::kill(child.pid, ignored);
    ::kill(child.pid, SIGUSR1);
    CHECK(child.next_word() == 's'); // and nothing before it
    ::kill(child.pid, SIGTERM);
    CHECK(child.next_word() == 'd');
  }
}

TEST_CASE("stop_signals: without a signal it ends quietly and never drains") {
  bool drained = false;
  {
    stop_signals signals;
    signals.watch([&drained] { drained = true; });
  }
  CHECK_FALSE(drained);
}

TEST_CASE("file_limit: the soft limit of file descriptors becomes the hard one") {
  CHECK(raise_file_limit() > 0);
  CHECK(raise_file_limit() == raise_file_limit());
}
