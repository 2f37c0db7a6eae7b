#include <doctest/doctest.h>

#include <cctype>
#include <string>

#include "transport/io/idle_list.hpp"

using namespace bennu;
using namespace bennu::engine;
using namespace std::chrono_literals;

namespace {

struct sleeper : idle_node {
  sleeper(std::string& to, char called) : log(to), name(called) {}
  void on_idle() override { log += name; }
  void on_shutdown() override { log += static_cast<char>(std::toupper(name)); }
  std::string& log;
  char name;
};

} // namespace

TEST_CASE("idle list: exactly the overdue elements are called, in the order of their last activity") {
  std::string log;
  sleeper a{log, 'a'}, b{log, 'b'}, c{log, 'c'};
  idle_list list{10s};
  const idle_list::time_point start{100s};
  list.touch(a, start);
  list.touch(b, start + 1s);
  list.touch(a, start + 2s);
  list.touch(c, start + 5s);
  CHECK(list.sweep(start + 12s, 100) == 2);
  CHECK(log == "ba");
  CHECK(list.sweep(start + 12s, 100) == 0);
}

TEST_CASE("idle list: a sweep calls as many as allowed, and the next one continues") {
  std::string log;
  sleeper a{log, 'a'}, b{log, 'b'}, c{log, 'c'};
  idle_list list{10s};
  for (auto* x : {&a, &b, &c})
    list.touch(*x, idle_list::time_point{100s});
  CHECK(list.sweep(idle_list::time_point{111s}, 2) == 2);
  CHECK(log == "ab");
  CHECK(list.sweep(idle_list::time_point{111s}, 2) == 1);
  CHECK(log == "abc");
}

TEST_CASE("idle list: with a timeout of zero no element is overdue, and all are called at shutdown") {
  std::string log;
  sleeper a{log, 'a'}, b{log, 'b'};
  idle_list list{0s};
  list.touch(a, idle_list::time_point{100s});
  list.touch(b, idle_list::time_point{100s});
  CHECK(list.sweep(idle_list::time_point{1000s}, 100) == 0);
  list.shut_down();
  CHECK(log == "AB");
}
