#include "transport/program/metrics_access.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <exception>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <openssl/crypto.h>
#include <poll.h>
#include <spdlog/spdlog.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "transport/http/field_list.hpp"
#include "transport/http/reader.hpp"
#include "transport/http/writer.hpp"
#include "transport/program/files.hpp"
#include "transport/program/metrics.hpp"
#include <bennu/transport/cluster_options.hpp>

namespace bennu::engine {

namespace {

using clock = std::chrono::steady_clock;

constexpr size_t max_readers = 8;
constexpr auto time_for_request = std::chrono::seconds{5};
constexpr uint32_t max_head_bytes = 8 << 10;

// Not Unix sockets: mostly a proxy is at the other end.
const std::vector<std::string> this_machine = {"127.0.0.0/8", "::1"};

std::string token_in(const std::string& path) {
  if (path.empty())
    return {};
  const auto lines = secrets_from_file(path);
  if (lines.empty())
    throw std::runtime_error("the file " + path + " holds no token for /metrics");
  return lines.front();
}

// Headers that proxies add. Behind a proxy on this machine every client would seem to be on this machine.
bool is_forwarded(const http_request& x) {
  constexpr std::array<const char*, 5> names = {"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Via"};
  return std::any_of(names.begin(), names.end(), [&x](const char* name) { return x.find(name).has_value(); });
}

// Whether the client has asked this machine by a name that only works on it: a proxy that adds no header often passes
// on the name that a stranger has used.
bool is_for_this_machine(const http_request& x) {
  auto host = x.header("Host");
  if (host.starts_with('['))
    host = host.substr(1, host.find(']') == std::string_view::npos ? 0 : host.find(']') - 1);
  else
    host = host.substr(0, host.find(':'));
  return x.header("Host").empty() || same_token(host, "localhost")
         || (!host.empty() && trusted_proxies{this_machine}.trusts(host));
}

// Takes as long for every wrong token of the right length.
bool is_bearer(std::string_view header, std::string_view token) {
  constexpr std::string_view scheme = "Bearer ";
  if (!same_token(header.substr(0, scheme.size()), scheme)) // RFC 9110 §11.1: in any case of letters
    return false;
  header = trimmed(header.substr(scheme.size()));
  return header.size() == token.size() && CRYPTO_memcmp(header.data(), token.data(), token.size()) == 0;
}

host_and_port listen_address(const std::string& text) try {
  return split_address(text);
} catch (const std::runtime_error&) {
  throw std::runtime_error("--metrics-listen " + text
                           + ": it must be HOST:PORT with a numeric host, such as 127.0.0.1:9464");
}

uint16_t port_in(const std::string& address) {
  return static_cast<uint16_t>(std::stoul(listen_address(address).port));
}

std::string checked_host(const std::string& address, const metrics_access& access) {
  auto host = listen_address(address).host;
  if (!trusted_proxies{this_machine}.trusts(host) && !access.is_open_to_others())
    throw std::runtime_error("--metrics-listen " + address
                             + ": other machines reach this address; say who may read with --metrics-from or "
                               "--metrics-token-file");
  return host;
}

bool send_all(int fd, std::string_view bytes, clock::time_point deadline) {
  while (!bytes.empty()) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - clock::now()).count();
    pollfd writable{fd, POLLOUT, 0};
    if (left <= 0 || ::poll(&writable, 1, static_cast<int>(left)) == 0)
      return false;
    const auto size = ::send(fd, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (size < 0 && errno != EAGAIN && errno != EINTR)
      return false;
    bytes.remove_prefix(size > 0 ? static_cast<size_t>(size) : 0);
  }
  return true;
}

} // namespace

metrics_access::metrics_access(const std::vector<std::string>& from, const std::string& token_file)
  : from_(from.empty() ? this_machine : from), only_here_(from.empty()), token_(token_in(token_file)) {}

unsigned metrics_access::refusal_of(const http_request& x) const {
  if (!token_.empty() && !is_bearer(x.header("Authorization"), token_))
    return 401;
  if (only_here_ && !token_.empty())
    return 0;
  const bool is_direct = !only_here_ || (!is_forwarded(x) && is_for_this_machine(x));
  return is_direct && from_.trusts(x.peer_address) ? 0 : 403;
}

http_response metrics_access::answer(const http_request& x, const std::function<std::string()>& text) const {
  switch (refusal_of(x)) {
    case 0:
      return metrics_page(text());
    case 401:
      return {401, {{"WWW-Authenticate", "Bearer"}, {"Content-Type", "text/plain"}}, "the token is missing or wrong\n"};
    default:
      return http_response::text(403, "Forbidden: start the program with --metrics-from ADDRESS or "
                                      "--metrics-token-file FILE to let others read this\n");
  }
}

// -- a port of its own ------------------------------------------------------------

struct metrics_port::connection {
  int fd;
  std::string peer;
  clock::time_point deadline;
  std::unique_ptr<http_reader> reader = std::make_unique<http_reader>(max_head_bytes, 0);
};

metrics_port::metrics_port(const std::string& address, metrics_access access, std::function<std::string()> text)
  : access_(std::move(access)), text_(std::move(text)), socket_(checked_host(address, access_), port_in(address), 8),
    quit_(::eventfd(0, EFD_CLOEXEC)), thread_([this] { run(); }) {}

metrics_port::~metrics_port() {
  ::eventfd_write(quit_, 1);
  thread_.join();
  ::close(quit_);
}

void metrics_port::run() {
  std::vector<connection> all;
  for (;;) {
    std::vector<pollfd> polled{{quit_, POLLIN, 0}, {all.size() < max_readers ? socket_.descriptor() : -1, POLLIN, 0}};
    for (const auto& x : all)
      polled.push_back({x.fd, POLLIN, 0});
    if (::poll(polled.data(), polled.size(), all.empty() ? -1 : 1000) < 0)
      continue; // EINTR
    if (polled[0].revents != 0)
      break;
    auto found = polled.begin() + 2;
    for (auto x = all.begin(); x != all.end(); ++found) {
      const bool stays = found->revents == 0 ? clock::now() < x->deadline : serve(*x);
      if (!stays)
        ::close(x->fd);
      x = stays ? std::next(x) : all.erase(x);
    }
    if (polled[1].revents != 0)
      accept_one(all);
  }
  for (const auto& x : all)
    ::close(x.fd);
}

void metrics_port::accept_one(std::vector<connection>& to) const {
  const int fd = ::accept4(socket_.descriptor(), nullptr, nullptr, SOCK_CLOEXEC);
  if (fd >= 0)
    to.push_back({fd, peer_address_of(fd), clock::now() + time_for_request});
  else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS)
    std::this_thread::sleep_for(std::chrono::milliseconds{100}); // until a descriptor is free
}

// Reads what has arrived, and answers. @returns whether the connection stays.
bool metrics_port::serve(connection& x) const {
  std::array<char, 4096> bytes{};
  const auto size = ::recv(x.fd, bytes.data(), bytes.size(), MSG_DONTWAIT);
  if (size <= 0)
    return size < 0 && (errno == EAGAIN || errno == EINTR);
  x.reader->feed({bytes.data(), static_cast<size_t>(size)});
  auto found = x.reader->next();
  if (std::holds_alternative<http_reader::incomplete>(found))
    return true;
  http_response response = http_response::text(400, "Bad Request\n");
  if (auto* request = std::get_if<http_request>(&found)) {
    request->peer_address = x.peer;
    response = http_response::text(404, "only GET /metrics is here\n");
    try {
      if (request->path == "/metrics" && request->method == "GET")
        response = access_.answer(*request, text_);
    } catch (const std::exception& problem) {
      spdlog::error("the metrics cannot be read: {}", problem.what());
      response = http_response::text(500, "Internal Server Error\n");
    }
  }
  send_all(x.fd, http_head(response, response.body.size(), false, http_date()) + response.body, x.deadline);
  return false;
}

} // namespace bennu::engine
