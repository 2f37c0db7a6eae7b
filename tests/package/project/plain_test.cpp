#undef NDEBUG
#include <cassert>
#include <cstdio>
#include <string>

#include "counter_channel.hpp"

// Tests without a framework: a failed expectation is an exception that names the line of the test.

int main() {
  a_counter_adds();
  std::string text;
  try {
    a_counter_adds_wrongly();
  } catch (const bennu::expectation_failed& x) {
    text = x.what();
  }
  assert(text.starts_with("counter_channel.hpp:"));
  assert(text.find("at /n: expected 3, got 2") != std::string::npos);
  std::puts("tested");
}
