#include "transport/program/log_writer.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <thread>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <doctest/doctest.h>

using namespace bennu::engine;

namespace {

struct pipe_ends {
  pipe_ends() { REQUIRE(::pipe(ends) == 0); }
  ~pipe_ends() {
    close_reader();
    ::close(ends[1]);
  }
  void close_reader() {
    if (ends[0] >= 0)
      ::close(ends[0]);
    ends[0] = -1;
  }
  int writer() const { return ends[1]; }

  /// Reads until `text` was seen.
  std::string read_until(const std::string& text) const {
    std::string result;
    char buffer[4096];
    while (result.find(text) == std::string::npos) {
      const auto count = ::read(ends[0], buffer, sizeof buffer);
      REQUIRE(count > 0);
      result.append(buffer, static_cast<size_t>(count));
    }
    return result;
  }

  int ends[2] = {-1, -1};
};

std::string line_of(size_t bytes) {
  return std::string(bytes - 1, 'x') + '\n';
}

void wait_for_lost(const log_writer& writer, uint64_t count) {
  while (writer.lost() < count)
    std::this_thread::yield();
}

/// The number of lost lines, summed over all lines of the log that report some.
uint64_t told_lost(const std::string& log) {
  constexpr std::string_view words = " log lines were lost";
  uint64_t result = 0;
  for (auto at = log.find(words); at != std::string::npos; at = log.find(words, at + 1)) {
    const auto begin = log.rfind('\n', at);
    result += std::stoull(log.substr(begin == std::string::npos ? 0 : begin + 1));
  }
  return result;
}

} // namespace

TEST_CASE("log writer: lines arrive whole and in order") {
  pipe_ends pipe;
  log_writer writer{pipe.writer()};
  writer.write("one\n");
  writer.write("two\n");
  CHECK(pipe.read_until("two\n") == "one\ntwo\n");
  CHECK(writer.lost() == 0);
}

TEST_CASE(
  "log writer: a reader who does not read delays no caller; the oldest lines are dropped, counted and reported") {
  pipe_ends pipe;
  log_writer writer{pipe.writer(), 10'000};
  for (int i = 0; i < 1000; ++i)
    writer.write(line_of(1000)); // a pipe holds 64 of them
  writer.write("the last\n");
  CHECK(writer.lost() > 800);
  const auto read = pipe.read_until("the last\n");
  CHECK(told_lost(read) == writer.lost());
}

TEST_CASE("log writer: lines written before finish arrive, later ones are lost and counted") {
  pipe_ends pipe;
  log_writer writer{pipe.writer()};
  writer.write("one\n");
  writer.finish();
  writer.write("two\n");
  CHECK(pipe.read_until("one\n") == "one\n");
  CHECK(writer.lost() == 1);
}

TEST_CASE("log writer: when the reader is gone only the lines are lost") {
  pipe_ends pipe;
  log_writer writer{pipe.writer()};
  pipe.close_reader();
  writer.write("one\n");
  writer.write("two\n");
  wait_for_lost(writer, 2);
}

TEST_CASE("log writer: it ends although its reader does not read") {
  pipe_ends pipe;
  {
    log_writer writer{pipe.writer()};
    for (int i = 0; i < 1000; ++i)
      writer.write(line_of(1000));
  }
  CHECK(pipe.read_until("\n").size() > 0);
}

TEST_CASE("log writer: a socket whose reader does not read, or is gone, delays nothing either") {
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
  {
    log_writer writer{ends[1], 10'000};
    for (int i = 0; i < 10'000; ++i)
      writer.write(line_of(1000));
    CHECK(writer.lost() > 0);
    ::close(ends[0]);
    const auto before = writer.lost();
    writer.write("nobody reads this\n");
    wait_for_lost(writer, before + 1);
  }
  ::close(ends[1]);
}

TEST_CASE("log writer: on a full disk the lines are lost and counted") {
  const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
  REQUIRE(full >= 0);
  {
    log_writer writer{full};
    writer.write("one\n");
    wait_for_lost(writer, 1);
  }
  ::close(full);
}

TEST_CASE("log writer: a text that was requested is written whole, one at a time") {
  pipe_ends pipe;
  log_writer writer{pipe.writer(), 1000};
  CHECK(writer.write_whole(line_of(200'000)));
  bool is_taken = true;
  for (int i = 0; i < 10 && is_taken; ++i)
    is_taken = writer.write_whole(line_of(200'000)); // the first is being written, the second waits
  CHECK_FALSE(is_taken);
  CHECK(pipe.read_until("\n").size() >= 200'000);
}
