#include "transport/program/control_server.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <future>
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
#include "transport/observer/observer_service.hpp"
#include "transport/program/live_faults.hpp"
#include <bennu/actors/node.hpp>
#include <bennu/actors/tree_json.hpp>
#include <bennu/supervision/tree.hpp>
#include <bennu/transport/application.hpp>

namespace bennu::engine {

namespace {

// Other users cannot connect to the socket.
constexpr mode_t only_own_user = 0600;

// An answer may be some megabytes long, which a tool reads within milliseconds.
constexpr auto patience_with_tool = std::chrono::seconds{2};

// Without a descriptor for a connection, the next attempt waits so long, or until something else happens.
constexpr int rest_without_descriptors_ms = 100;

bool is_own_user(int fd) {
  ucred who{};
  socklen_t size = sizeof who;
  return ::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size) == 0 && (who.uid == ::geteuid() || who.uid == 0);
}

nlohmann::json answer_to(const control_server::session& session, const std::string& line) {
  bool is_deep = false; // copies and texts of a value are made recursively
  const auto request = nlohmann::json::parse(
    line, [&](int depth, auto, auto&) { return !(is_deep = is_deep || depth > control_server::max_depth); }, false);
  if (is_deep)
    return control_error(400, "a request is nested at most " + std::to_string(control_server::max_depth) + " deep");
  if (!request.is_object())
    return control_error(400, "a request is a JSON object on one line, such as {\"do\": \"who\"}");
  try {
    return session(request);
  } catch (const std::exception& problem) {
    return control_error(500, problem.what());
  }
}

// @returns false when the tool has not read all of it in time, or `quit` is readable.
bool send_line(int fd, int quit, std::string_view text) {
  const auto deadline = std::chrono::steady_clock::now() + patience_with_tool;
  while (!text.empty()) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    std::array<pollfd, 2> polled{pollfd{fd, POLLOUT, 0}, pollfd{quit, POLLIN, 0}};
    const int found = left.count() > 0 ? ::poll(polled.data(), polled.size(), static_cast<int>(left.count())) : 0;
    if (found < 0 && errno == EINTR)
      continue;
    if (found <= 0 || polled[1].revents != 0)
      return false;
    const auto size = ::send(fd, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (size < 0 && (errno == EAGAIN || errno == EINTR))
      continue;
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
  : begin_(std::move(begin)), socket_("unix:" + path, 0, 8, false, only_own_user), quit_(::eventfd(0, EFD_CLOEXEC)),
    thread_([this] { run(); }) {}

control_server::~control_server() {
  ::eventfd_write(quit_, 1);
  thread_.join();
  ::close(quit_);
}

void control_server::run() {
  for (;;) {
    std::vector<pollfd> polled{{quit_, POLLIN, 0}, {rests_ ? -1 : socket_.descriptor(), POLLIN, 0}};
    for (const auto& x : connections_)
      polled.push_back({x.fd, POLLIN, 0});
    if (::poll(polled.data(), polled.size(), rests_ ? rest_without_descriptors_ms : -1) < 0)
      continue; // EINTR
    rests_ = false;
    if (polled[0].revents != 0)
      break;
    auto found = polled.begin() + 2;
    for (auto x = connections_.begin(); x != connections_.end(); ++found) {
      const bool stays = found->revents == 0 || read(*x);
      if (!stays)
        ::close(x->fd);
      x = stays ? std::next(x) : connections_.erase(x);
    }
    if (polled[1].revents != 0)
      accept_one();
  }
  for (const auto& x : connections_)
    ::close(x.fd);
  connections_.clear();
}

void control_server::accept_one() {
  const int fd = ::accept4(socket_.descriptor(), nullptr, nullptr, SOCK_CLOEXEC);
  if (fd < 0) {
    rests_ = errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS;
    return;
  }
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
    if (!send_line(x.fd, quit_,
                   answer_to(x.answer, line).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace) + "\n"))
      return false;
  }
  return x.input.size() <= max_request_bytes;
}

// -- what a tool can ask -------------------------------------------------------

namespace {

/// One connection: what it has caused heals when it ends.
struct conversation {
  conversation(application& x, observer_service* y) : app(x), observer(y), faults(x) {}

  application& app;
  observer_service* observer;
  live_faults faults;
};

nlohmann::json who(conversation& x, const nlohmann::json&) {
  return {{"name", x.app.home().name()}, {"dev", x.app.is_in_dev_mode()}};
}

nlohmann::json tree(conversation& x, const nlohmann::json&) {
  return to_json(read_tree(x.app.system(), x.app.root()).get());
}

/// The request cannot be meant so, on whichever node.
struct senseless : std::invalid_argument {
  using invalid_argument::invalid_argument;
};

fault fault_in(const nlohmann::json& request) try {
  return fault_from_json(request.value("fault", nlohmann::json::object()));
} catch (const std::invalid_argument& problem) {
  throw senseless{problem.what()};
}

nlohmann::json cause(conversation& x, const nlohmann::json& request) {
  return {{"id", x.faults.cause(fault_in(request))}};
}

nlohmann::json heal(conversation& x, const nlohmann::json& request) {
  if (!request.contains("id"))
    return x.faults.heal(), nlohmann::json::object();
  if (!request.at("id").is_number_unsigned())
    throw senseless("heal: the id is the number that `fault` has answered");
  return {{"hits", x.faults.heal(request.at("id").get<uint64_t>())}};
}

// Longer than any answer takes, and shorter than the tools wait.
constexpr auto patience_with_observer = std::chrono::milliseconds{4'500};

nlohmann::json observe(conversation& x, const nlohmann::json& request, observer_question::type what, const char* key) {
  if (x.observer == nullptr)
    throw refused_question(404, "this program has no observer");
  if (!request.contains(key) || !request.at(key).is_string())
    throw senseless(std::string{key} + " must be a name");
  const auto answer = std::make_shared<std::promise<observer_answer>>();
  auto then = [answer](observer_answer y) { answer->set_value(std::move(y)); };
  x.observer->ask({what, request.at(key).get<std::string>(), request.value("params", nlohmann::json::object()),
                   "the control socket", std::make_shared<sure_call<observer_answer>>(std::move(then))});
  auto told = answer->get_future();
  if (told.wait_for(patience_with_observer) != std::future_status::ready)
    throw refused_question(504, "the node has not answered in time: it is busy; ask again");
  auto result = told.get();
  if (!result.is_ok())
    throw refused_question(result.status, result.reason);
  return std::move(result.value);
}

nlohmann::json ask(conversation& x, const nlohmann::json& request) {
  return observe(x, request, observer_question::type::view, "view");
}

nlohmann::json act(conversation& x, const nlohmann::json& request) {
  return observe(x, request, observer_question::type::action, "action");
}

struct command {
  const char* name;
  bool needs_dev_mode;
  nlohmann::json (*run)(conversation& x, const nlohmann::json& request);
};

constexpr std::array commands{command{"who", false, who},  command{"tree", false, tree}, command{"fault", true, cause},
                              command{"heal", true, heal}, command{"ask", false, ask},   command{"act", false, act}};

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
    } catch (const refused_question& problem) {
      return control_error(problem.status, problem.what());
    } catch (const senseless& problem) {
      return control_error(400, problem.what());
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

control_server::session control_session(application& app, observer_service* observer) {
  return [state = std::make_shared<conversation>(app, observer)](const nlohmann::json& request) {
    return answer(*state, request);
  };
}

} // namespace bennu::engine
