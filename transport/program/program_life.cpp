#include "transport/program/program_life.hpp"

#include <csignal>
#include <cstdlib>
#include <exception>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>
#include <poll.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include "transport/http/peer_address.hpp"
#include "transport/io/io_scheduler.hpp"
#include "transport/observer/observer_service.hpp"
#include "transport/program/command_line.hpp"
#include "transport/program/files.hpp"
#include "transport/program/logging.hpp"
#include "transport/program/observed_faults.hpp"
#include "transport/program/observed_program.hpp"
#include "transport/program/service_manager.hpp"
#include "transport/program/trace_settings.hpp"
#include <bennu/actors/tree_json.hpp>
#include <bennu/supervision/fault.hpp>
#include <bennu/supervision/telemetry.hpp>
#include <bennu/supervision/tree.hpp>
#include <bennu/transport/application.hpp>
#include <bennu/transport/cluster.hpp>
#include <bennu/transport/server.hpp>

namespace bennu::engine {

namespace {

// Writes a line without blocking the program: it is lost when the reader does not read within a second.
void say(int fd, const std::string& line) {
  pollfd writable{fd, POLLOUT, 0};
  if (::poll(&writable, 1, 1000) > 0)
    (void)!::write(fd, line.data(), line.size());
}

} // namespace

program_life::program_life(program what, int count, char** arguments) : what_(std::move(what)), settings_(what_) {
  std::signal(SIGPIPE, SIG_IGN); // a write without a reader fails and does not end the program
  std::signal(SIGXFSZ, SIG_IGN); // so does one to a file that may not grow (LimitFSIZE)
  if (const auto status = command_line{what_, settings_}.parse(count, arguments))
    std::exit(static_cast<int>(*status)); // NOLINT(concurrency-mt-unsafe): there is no other thread yet
  try {
    signals_.emplace();
    raise_file_limit();
    if (!settings_.secret_file.empty())
      secret_ = secret_from_file(settings_.secret_file);
    log_.emplace(what_.name, settings_.log_level, settings_.log_file, settings_.log_format == "json");
  } catch (const std::exception& problem) {
    say(STDERR_FILENO, what_.name + ": " + problem.what() + "\n");
    std::exit(static_cast<int>(exit_code::failure)); // NOLINT(concurrency-mt-unsafe)
  }
  warn_of_open_keys();
}

void program_life::warn_of_open_keys() const {
  for (const auto& file : {settings_.tls_key, settings_.cluster_key, settings_.config_with_keys})
    if (!file.empty() && is_readable_by_others(file))
      spdlog::warn("everybody on this machine can read the key in {}: chmod o-rwx {}", file, file);
}

application_options program_life::options() const {
  auto result = application_of(settings_, what_, secret_);
  result.on_end = [asked = asked_, own = std::move(result.on_end)](const std::string& why) {
    asked->end(why);
    if (own)
      own(why);
  };
  return result;
}

void program_life::add_publish_api(application& app) const {
  auto api = publish_api_of(settings_);
  if (!api)
    return;
  try {
    app.serve(std::move(*api));
  } catch (const std::logic_error& problem) {
    throw std::runtime_error("--api-key: the program itself has what the API needs: " + std::string{problem.what()}
                             + ": remove one of the two");
  }
}

// Spans are recorded from here on.
std::unique_ptr<span_exporter> program_life::trace(application& app) {
  auto wanted = traces_of(settings_, what_, process_environment());
  if (!wanted)
    return nullptr;
  const auto where = wanted->to.url.text();
  auto result = std::make_unique<span_exporter>(std::move(wanted->to), std::move(wanted->from), wanted->delay);
  telemetry::of(app.system()).trace(wanted->options, result->receiver());
  collected_.push_back(span_numbers(result->counter()));
  spdlog::info("spans go to {}: {} of the traces that begin here", where, wanted->options.ratio);
  return result;
}

// The metrics count from here on. They are read on a port of their own, or on that for clients.
std::unique_ptr<metrics_port> program_life::watch(application& app) {
  const auto& web = app.web();
  if (!web.has("GET", "/health"))
    app.route("GET", "/health", health_of(app), {.answers_when_full = true});
  const bool is_separate = !settings_.metrics_listen.empty();
  if (!is_separate && web.has("GET", "/metrics"))
    return nullptr;
  auto numbers = std::make_shared<metrics>(app.home());
  for (auto& x : collected_)
    numbers->collect(x);
  auto text = [numbers = std::move(numbers)] { return numbers->text(); };
  metrics_access access{settings_.metrics_from, settings_.metrics_token_file};
  if (is_separate) {
    auto result = std::make_unique<metrics_port>(settings_.metrics_listen, std::move(access), std::move(text));
    spdlog::info("/metrics is served on port {} ({})", result->port(), settings_.metrics_listen);
    return result;
  }
  app.route("GET", "/metrics",
            [text = std::move(text), access = std::move(access)](const http_request& request, const http_reply& reply) {
              reply(access.answer(request, text));
            },
            {.answers_when_full = true});
  return nullptr;
}

void program_life::complain(const std::string& text) const {
  spdlog::critical("{}", text);
  if (!settings_.log_file.empty() || settings_.log_level == "off")
    say(STDERR_FILENO, what_.name + ": " + text + "\n");
}

int program_life::run(application& app, std::unique_ptr<observer_service>& observer) {
  auto status = exit_code::failure;
  try {
    add_publish_api(app);
    const auto spans = trace(app);   // sends the last ones when the tree has ended
    const auto monitor = watch(app); // ends after the tree, whose numbers it reads
    observer = open_observer(app);
    app.start();
    auto control = open_control(app, observer.get());
    prepare(app);
    status = static_cast<exit_code>(serve(app));
    manager_.stopping();
    control.reset(); // its thread may use actors only while they run
    if (faults_)
      faults_->heal(0);
    app.stop();
  } catch (const std::exception& problem) {
    status = exit_code::failure;
    complain(problem.what());
  }
  faults_.reset(); // the last faults heal when the observer ends, which is while the application exists
  return static_cast<int>(status);
}

std::unique_ptr<observer_service> program_life::open_observer(application& app) {
  if (settings_.observer.empty() && settings_.control.empty())
    return nullptr;
  faults_ = std::make_shared<observed_faults>(app);
  auto program = observed_program(
    app, settings_, [asked = asked_] { asked->stop(); }, faults_);
  auto result = std::make_unique<observer_service>(app.home().parts(), std::move(program));
  if (!settings_.observer.empty())
    result->mount(app.web(), secret_from_file(settings_.observer));
  copy_log_lines(result->log());
  app.supervise(result->supervised());
  return result;
}

std::unique_ptr<control_server> program_life::open_control(application& app, observer_service* observer) const {
  if (settings_.control.empty())
    return nullptr;
  return std::make_unique<control_server>(settings_.control,
                                          [&app, observer] { return control_session(app, observer); });
}

void program_life::prepare(application& app) {
  if (settings_.dev)
    keep_throw_traces();
  for (auto& rule : settings_.faults)
    fault_points::of(app.system()).set(fault_rule::parse(rule));
  if (!settings_.tree.empty())
    asked_->show();
  signals_->watch([asked = asked_] { asked->stop(); }, [asked = asked_] { asked->show(); },
                  [asked = asked_] { asked->reload(); });
  say(STDOUT_FILENO, "ready " + std::to_string(app.web().port()) + "\n");
  manager_.ready();
}

namespace {

std::vector<pulse::ask> threads_of(application& app) {
  std::vector<pulse::ask> result;
  auto& units = io_scheduler::of(app.system());
  for (size_t i = 0; i < units.unit_count(); ++i)
    result.emplace_back([&unit = units.unit(i)](std::function<void()> answer) { unit.post(std::move(answer)); });
  if (auto* part = app.part())
    result.emplace_back([part](std::function<void()> answer) { part->post(std::move(answer)); });
  return result;
}

} // namespace

int program_life::serve(application& app) {
  pulse threads{threads_of(app)};
  for (;;) {
    const auto wish = asked_->next(manager_.beat_interval());
    if (manager_.beat_interval() && threads.answers())
      manager_.beat();
    if (!wish)
      continue;
    switch (*wish) {
      case wishes::kind::end:
        complain("the supervision tree ended: " + asked_->why_it_ended());
        return static_cast<int>(exit_code::failure);
      case wishes::kind::stop:
        return static_cast<int>(exit_code::success);
      case wishes::kind::show:
        show_tree(app);
        break;
      case wishes::kind::reload:
        reload(app);
        break;
    }
  }
}

void program_life::show_tree(application& app) try {
  const auto tree = read_tree(app.system(), app.root()).get();
  log_->show(settings_.tree == "json" ? to_json(tree).dump() + "\n" : render(tree));
} catch (const std::exception& problem) {
  spdlog::error("the tree cannot be read: {}", problem.what());
}

void program_life::reload(application& app) {
  const auto attempt = [](const char* what, const std::function<void()>& task) {
    try {
      task();
    } catch (const std::exception& problem) {
      spdlog::error("the current {} stays in use: {}", what, problem.what());
    }
  };
  manager_.reloading();
  attempt("log file", [this] { log_->reopen(); });
  attempt("certificate", [&app] { app.web().reload_certificate(); });
  if (auto* part = app.part())
    attempt("certificate of the cluster", [part] { part->reload_certificates(); });
  for (auto& own : reloads_)
    attempt("configuration", own);
  warn_of_open_keys();
  spdlog::info("certificates and log file were read again");
  manager_.ready();
}

} // namespace bennu::engine
