#include <csignal>
#include <string>
#include <thread>

#include <doctest/doctest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/transport/cluster/cluster_node.hpp"

using namespace bennu;
using namespace bennu::test;

namespace {

/// A node in a separate process, so that it can be killed and stopped. It echoes every block. REQUIRES: this process
/// has only one thread.
class node_process {
public:
  explicit node_process(const cluster_options& options) {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    pid_ = ::fork();
    REQUIRE(pid_ >= 0);
    if (pid_ == 0)
      serve(options, ends[1]);
    ::close(ends[1]);
    for (char c = 0; ::read(ends[0], &c, 1) == 1 && c != '\n';)
      address_ += c;
    ::close(ends[0]);
  }
  ~node_process() {
    signal(SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  node_process(const node_process&) = delete;
  node_process& operator=(const node_process&) = delete;

  void signal(int number) { ::kill(pid_, number); }
  const std::string& address() const { return address_; }

private:
  [[noreturn]] static void serve(const cluster_options& options, int tell) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    cluster_link* link = nullptr;
    cluster_node node{options, [&](const link_received& x) { link->send(x.who.name, x.bytes); }};
    link = &node.link();
    const auto line = node.address() + "\n";
    (void)!::write(tell, line.data(), line.size());
    for (;;)
      ::pause();
  }

  pid_t pid_ = -1;
  std::string address_;
};

} // namespace

TEST_CASE("cluster: a killed peer is down, and one that starts under its name replaces it") {
  certificate_folder certificates{{"a", "b"}};
  node_process first{certificates.options("b")};
  node_process second{certificates.options("b")};
  second.signal(SIGSTOP);
  cluster_node a{with_peers(certificates.options("a"), {first.address(), second.address()})};
  REQUIRE(a.log.told("up b"));
  REQUIRE(a.send("b", "hello"));
  REQUIRE(a.log.told("b: hello"));
  first.signal(SIGKILL);
  REQUIRE(a.log.told("down b"));
  CHECK_FALSE(a.send("b", "into the void"));
  second.signal(SIGCONT);
  REQUIRE(a.log.told("up b", 2));
  REQUIRE(a.send("b", "hello, heir"));
  REQUIRE(a.log.told("b: hello, heir"));
}

TEST_CASE("cluster: a stopped peer is down after the timeout, and up again in a new session when it continues") {
  certificate_folder certificates{{"a", "b"}};
  auto impatient = [&](const std::string& name) {
    auto result = certificates.options(name);
    result.link.timing.timeout = link_timing{}.timeout;
    return result;
  };
  node_process b{impatient("b")};
  cluster_node a{with_peers(impatient("a"), {b.address()})};
  REQUIRE(a.log.told("up b"));
  b.signal(SIGSTOP);
  a.send("b", "perhaps lost");
  REQUIRE(a.log.told("down b"));
  REQUIRE(a.events.told("link.down b: silent for 2000 ms"));
  CHECK_FALSE(a.send("b", "certainly lost"));
  CHECK(a.link().queued("b") == 0);
  b.signal(SIGCONT);
  REQUIRE(a.log.told("up b", 2));
  while (!a.send("b", "anew")) // a slow machine may separate them once more
    std::this_thread::yield();
  REQUIRE(a.log.told("b: anew"));
}
