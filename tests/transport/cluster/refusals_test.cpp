#include <doctest/doctest.h>

#include "transport/cluster/admission.hpp"

using namespace bennu::engine;
using namespace std::chrono_literals;

namespace {

struct ledger {
  refusals all;
  refusals::time_point now{1h};

  void add(const std::string& address, const std::string& why, const std::string& name = {}) {
    all.add({address, name, why}, now);
  }

  /// Lets time pass, with the ticks of the gate.
  void pass(std::chrono::seconds time) {
    for (; time > 0s; time -= 1s) {
      now += 1s;
      all.tick(now);
    }
  }

  /// `+3 10.0.0.1 TLS` for a begin, `-3 …` for an end.
  std::vector<std::string> told() {
    std::vector<std::string> result;
    for (const auto& x : all.take_reports())
      result.push_back((x.is_over ? "-" : "+") + std::to_string(x.count) + " "
                       + (x.what.name.empty() ? x.what.address : x.what.name) + " " + x.what.why);
    return result;
  }
};

using told_lines = std::vector<std::string>;

} // namespace

TEST_CASE("refusals: a repeated refusal is reported once when it begins and once when it ends") {
  ledger x;
  for (int i = 0; i < 20; ++i) {
    x.add("10.0.0.1", "its certificate: certificate has expired");
    x.pass(5s);
  }
  CHECK(x.told() == told_lines{"+1 10.0.0.1 its certificate: certificate has expired"});
  x.pass(61s);
  CHECK(x.told() == told_lines{"-20 10.0.0.1 its certificate: certificate has expired"});
  CHECK(x.all.empty());
}

TEST_CASE("refusals: a node that connects ends the refusals of its name") {
  ledger x;
  x.add("10.0.0.1", "expired");
  x.pass(2s);
  x.add("10.0.0.1", "another node of that name is connected", "b");
  x.pass(2s);
  CHECK(x.told().size() == 2);
  x.all.connected("10.0.0.1", "c");
  CHECK(x.told() == told_lines{"-1 10.0.0.1 expired"});
  x.all.connected("10.0.0.9", "b");
  CHECK(x.told() == told_lines{"-1 b another node of that name is connected"});
  CHECK(x.all.empty());
}

TEST_CASE("refusals: however many strangers come, there is one line a second, which counts the others") {
  ledger x;
  for (int second = 0; second < 10; ++second) {
    for (int i = 0; i < 500; ++i)
      x.add("10.1." + std::to_string(second) + "." + std::to_string(i), "TLS: wrong version number");
    x.pass(1s);
  }
  auto told = x.told();
  CHECK(told.size() <= 11);
  uint64_t counted = 0;
  for (const auto& line : told)
    counted += std::stoull(line.substr(1));
  CHECK(counted <= 5'000);
  CHECK(counted >= 4'000);
  x.pass(120s);
  CHECK(x.all.empty());
}
