// Measures the link between two nodes, with TLS on loopback. There are two processes; one of them only receives. The
// script `run` in this folder compares the figures with those of Erlang's distribution.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string_view>

#include <sys/prctl.h>
#include <unistd.h>

#include "apps/bench/link/pair.hpp"
#include "transport/cluster/certificates.hpp"

namespace bennu::bench {

using namespace engine;

namespace {

std::string start_receiver(const measurement& what, const std::string& folder) {
  int ends[2];
  if (::pipe(ends) != 0)
    std::_Exit(1);
  if (::fork() == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    what.receive(folder, [&](const std::string& address) {
      const auto line = address + "\n";
      (void)!::write(ends[1], line.data(), line.size());
    });
  }
  std::string address;
  for (char c = 0; ::read(ends[0], &c, 1) == 1 && c != '\n';)
    address += c;
  return address;
}

int run(const measurement& what) {
  std::string folder = (std::filesystem::temp_directory_path() / "bennu-bench-XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr)
    return 1;
  make_cluster_certificates(folder, {"a", "b"});
  const auto address = start_receiver(what, folder); // forks: no thread may run yet
  what.send(folder, address);
  std::fflush(stdout);
  std::_Exit(0); // the end of this process kills the receiver
}

} // namespace

void print(const std::string& what, double value, const char* unit) {
  std::printf("%s\t%.0f\t%s\n", what.c_str(), value, unit);
  std::fflush(stdout);
}

} // namespace bennu::bench

int main(int count, char** arguments) {
  using namespace bennu::bench;
  const std::string_view what = count == 2 ? arguments[1] : "";
  if (what == "blocks")
    return run({receive_blocks, send_blocks});
  if (what == "broadcasts")
    return run({receive_broadcasts, send_broadcasts});
  std::fputs("bennu-bench-link blocks      measures the link between two nodes alone\n"
             "bennu-bench-link broadcasts  measures pubsub from an actor to a subscriber on the other node\n",
             stderr);
  return 2;
}
