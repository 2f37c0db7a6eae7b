#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "apps/bench/besiegers.hpp"
#include "apps/bench/command_line.hpp"
#include "apps/bench/crowd.hpp"

namespace bennu::bench {

namespace {

using clock = std::chrono::steady_clock;

// By then every hostile client has met a limit. The longest limit is a minute of silence.
constexpr std::chrono::seconds longest_siege{90};

// Sends pings until `is_over()` returns true, which is called after every turn; then waits for the replies.
template <class IsOver>
void run_until(poller& loop, steady_pings& pings, IsOver is_over) {
  auto last_event = clock::now();
  pings.begin(last_event);
  for (bool over = false; !over || !pings.all_answered(); over = over || is_over()) {
    const auto now = clock::now();
    if (!over)
      pings.ping_due(now);
    if (loop.turn(std::chrono::milliseconds{1}) > 0)
      last_event = now;
    else if (now - last_event > std::chrono::seconds{10})
      throw std::runtime_error("siege: the server sent nothing for ten seconds");
  }
}

auto after(std::chrono::milliseconds time) {
  return [end = clock::now() + time] { return clock::now() >= end; };
}

bool each_was_closed(const besiegers& enemies, size_t of_each) {
  for (const auto kind : all_malice)
    if (enemies.closed(kind) < of_each)
      return false;
  return true;
}

/// The answer to `GET path`, with its header; empty when there is none.
std::string page(uint16_t port, std::string_view path) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  to.sin_port = htons(port);
  const auto request = "GET " + std::string{path} + " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
  std::string result;
  if (::connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0
      && ::send(fd, request.data(), request.size(), MSG_NOSIGNAL) > 0) {
    std::array<char, 16'384> buffer;
    for (ssize_t n = 0; (n = ::recv(fd, buffer.data(), buffer.size(), 0)) > 0;)
      result.append(buffer.data(), static_cast<size_t>(n));
  }
  ::close(fd);
  return result;
}

/// How often the server has hit each of its limits, as its `/metrics` counts them (`bennu_limit_hits_total`).
/// @returns nothing for a server without that page.
std::map<std::string, double> server_limits(uint16_t port) {
  constexpr std::string_view start = "\nbennu_limit_hits_total{limit=\"";
  std::map<std::string, double> result;
  const auto text = page(port, "/metrics");
  for (auto at = text.find(start); at != std::string::npos; at = text.find(start, at + 1)) {
    const auto name = at + start.size();
    const auto end = text.find("\"} ", name);
    if (end != std::string::npos)
      result[text.substr(name, end - name)] = std::strtod(text.c_str() + end + 3, nullptr);
  }
  return result;
}
struct siege_result {
  histogram round_trips;
  double seconds = 0;
  size_t most_memory = 0; // bytes; 0 when the server's pid is not known
  std::array<size_t, all_malice.size()> closed{};
};

siege_result besiege(poller& loop, steady_pings& pings, const target& server, const options& how) {
  siege_result result;
  pings.reset();
  const auto begin = clock::now();
  auto next_look = begin;
  besiegers enemies(server.port, how.besiegers);
  run_until(loop, pings, [&] {
    const auto now = clock::now();
    if (server.pid != 0 && now >= next_look) {
      result.most_memory = std::max(result.most_memory, resident_bytes(server.pid));
      next_look = now + std::chrono::seconds{1};
    }
    return now - begin >= how.duration && (each_was_closed(enemies, how.besiegers) || now - begin >= longest_siege);
  });
  result.round_trips = pings.round_trips();
  result.seconds = std::chrono::duration<double>(clock::now() - begin).count();
  for (const auto kind : all_malice)
    result.closed[static_cast<size_t>(kind)] = enemies.closed(kind);
  return result;
}

} // namespace

figures siege(const target& server, const options& how) {
  poller loop;
  crowd healthy(loop, server, how.clients, [](size_t i) { return "bench:healthy-" + std::to_string(i); });
  steady_pings pings(healthy, how.siege_rate, how.payload_bytes);
  healthy.report_to(pings);
  run_until(loop, pings, after(how.duration / 4));
  pings.reset();
  run_until(loop, pings, after(how.duration));
  const auto before = pings.round_trips();
  const auto memory_before = server.pid != 0 ? settled_resident_bytes(server.pid) : 0;
  auto limits = server_limits(server.port);
  const auto during = besiege(loop, pings, server, how);

  const auto name = "siege " + std::to_string(how.besiegers) + ": ";
  figures result = {
    {name + "healthy clients' p50 before", microseconds(before, 0.5), "us"},
    {name + "healthy clients' p99 before", microseconds(before, 0.99), "us"},
    {name + "healthy clients' p50 during", microseconds(during.round_trips, 0.5), "us"},
    {name + "healthy clients' p99 during", microseconds(during.round_trips, 0.99), "us"},
    {name + "p99 during / before", microseconds(during.round_trips, 0.99) / microseconds(before, 0.99), "times"},
    {name + "time until each was closed", during.seconds, "s"},
  };
  if (server.pid != 0)
    result.push_back({name + "most growth of resident memory",
                      (static_cast<double>(during.most_memory) - static_cast<double>(memory_before)) / (1 << 20),
                      "MiB"});
  for (const auto kind : all_malice)
    result.push_back({name + name_of(kind) + " clients closed",
                      static_cast<double>(during.closed[static_cast<size_t>(kind)]), "clients"});
  for (const auto& [limit, count] : server_limits(server.port))
    result.push_back({name + "the server counts limit \"" + limit + "\"", count - limits[limit], "times"});
  return result;
}

} // namespace bennu::bench
