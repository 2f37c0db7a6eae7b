#include "transport/program/control_server.hpp"

#include <array>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "actors/json/fault_json.hpp"
#include "transport/program/live_faults.hpp"
#include <bennu/actors/node.hpp>
#include <bennu/actors/tree_json.hpp>
#include <bennu/supervision/tree.hpp>
#include <bennu/transport/application.hpp>

namespace bennu::engine {

namespace {

// Other users can neither connect to the socket nor see that it serves.
struct private_files {
  private_files() : before_(::umask(0177)) {}
  ~private_files() { ::umask(before_); }

private:
  const mode_t before_;
};

bool is_own_user(int fd) {
  ucred who{};
  socklen_t size = sizeof who;
  return ::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size) == 0 && (who.uid == ::geteuid() || who.uid == 0);
}

// The temporary object lives until the socket is made.
std::string address_of(const std::string& path, const private_files&) {
  return "unix:" + path;
}

nlohmann::json answer_to(const control_server::session& session, const std::string& line) {
  const auto request = nlohmann::json::parse(line, nullptr, false);
  if (!request.is_object())
    return control_error(400, "a request is a JSON object on one line, such as {\"do\": \"who\"}");
  try {
    return session(request);
  } catch (const std::exception& problem) {
    return control_error(500, problem.what());
  }
}

// A tool that does not read its answer for a second loses its connection.
bool send_line(int fd, std::string_view text) {
  while (!text.empty()) {
    pollfd door{fd, POLLOUT, 0};
    if (::poll(&door, 1, 1000) <= 0)
      return false;
    const auto size = ::send(fd, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (size <= 0)
      return false;
    text.remove_prefix(static_cast<size_t>(size));
  }
  return true;
}

} // namespace

nlohmann::json control_error(unsigned status, const std::string& text) {
  return {{"error", {{"status", status}, {"text", text}}}};
}

control_server::control_server(const std::string& path, std::function<session()> begin)
  : begin_(std::move(begin)), socket_(address_of(path, private_files{}), 0, 8), quit_(::eventfd(0, EFD_CLOEXEC)),
    thread_([this] { run(); }) {}

control_server::~control_server() {
  ::eventfd_write(quit_, 1);
  thread_.join();
  ::close(quit_);
}

void control_server::run() {
  for (;;) {
    std::vector<pollfd> doors{{quit_, POLLIN, 0}, {socket_.descriptor(), POLLIN, 0}};
    for (const auto& x : connections_)
      doors.push_back({x.fd, POLLIN, 0});
    if (::poll(doors.data(), doors.size(), -1) < 0)
      continue; // EINTR
    if (doors[0].revents != 0)
      break;
    auto door = doors.begin() + 2;
    for (auto x = connections_.begin(); x != connections_.end(); ++door) {
      const bool stays = door->revents == 0 || read(*x);
      if (!stays)
        ::close(x->fd);
      x = stays ? std::next(x) : connections_.erase(x);
    }
    if (doors[1].revents != 0)
      accept_one();
  }
  for (const auto& x : connections_)
    ::close(x.fd);
  connections_.clear();
}

void control_server::accept_one() {
  const int fd = ::accept4(socket_.descriptor(), nullptr, nullptr, SOCK_CLOEXEC);
  if (fd < 0)
    return;
  if (connections_.size() < max_sessions && is_own_user(fd))
    connections_.push_back({fd, begin_(), {}});
  else
    ::close(fd);
}

// Answers what has arrived. @returns whether the connection stays.
bool control_server::read(connection& x) {
  std::string bytes(4096, '\0');
  const auto size = ::recv(x.fd, bytes.data(), bytes.size(), MSG_DONTWAIT);
  if (size <= 0)
    return false;
  x.input.append(bytes, 0, static_cast<size_t>(size));
  for (auto end = x.input.find('\n'); end != x.input.npos; end = x.input.find('\n')) {
    const auto line = x.input.substr(0, end);
    x.input.erase(0, end + 1);
    if (!send_line(x.fd,
                   answer_to(x.answer, line).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace) + "\n"))
      return false;
  }
  return x.input.size() <= max_request_bytes;
}

// -- what a tool can ask -------------------------------------------------------

namespace {

/// One connection: what it has caused heals when it ends.
struct conversation {
  explicit conversation(application& x) : app(x), faults(x) {}

  application& app;
  live_faults faults;
};

nlohmann::json who(conversation& x, const nlohmann::json&) {
  return {{"name", x.app.home().name()}, {"dev", x.app.is_in_dev_mode()}};
}

nlohmann::json tree(conversation& x, const nlohmann::json&) {
  return to_json(read_tree(x.app.system(), x.app.root()).get());
}

nlohmann::json cause(conversation& x, const nlohmann::json& request) {
  return {{"id", x.faults.cause(fault_from_json(request.value("fault", nlohmann::json::object())))}};
}

nlohmann::json heal(conversation& x, const nlohmann::json& request) {
  if (!request.contains("id"))
    return x.faults.heal(), nlohmann::json::object();
  if (!request.at("id").is_number_unsigned())
    throw std::invalid_argument("heal: the id is the number that `fault` has answered");
  return {{"hits", x.faults.heal(request.at("id").get<uint64_t>())}};
}

struct command {
  const char* name;
  bool needs_dev_mode;
  nlohmann::json (*run)(conversation& x, const nlohmann::json& request);
};

constexpr std::array commands{command{"who", false, who}, command{"tree", false, tree}, command{"fault", true, cause},
                              command{"heal", true, heal}};

nlohmann::json answer(conversation& in, const nlohmann::json& request) {
  const auto asked = request.find("do");
  for (const auto& x : commands) {
    if (asked == request.end() || *asked != x.name)
      continue;
    if (x.needs_dev_mode && !in.app.is_in_dev_mode())
      return control_error(403,
                           "the node \"" + in.app.home().name()
                             + "\" is not in dev mode: faults on purpose are for development; start it with --dev");
    try {
      return {{"ok", x.run(in, request)}};
    } catch (const std::invalid_argument& problem) {
      return control_error(409, problem.what());
    }
  }
  std::string names;
  for (const auto& x : commands)
    names += (names.empty() ? "" : ", ") + std::string{x.name};
  return control_error(404, "the member `do` names no command; there are: " + names);
}

} // namespace

control_server::session control_session(application& app) {
  return
    [state = std::make_shared<conversation>(app)](const nlohmann::json& request) { return answer(*state, request); };
}

} // namespace bennu::engine
