#include "transport/observer/observer_service.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "actors/node/node_parts.hpp"
#include "transport/observer/event_log.hpp"
#include "transport/observer/inquiry.hpp"
#include "transport/observer/load.hpp"
#include "transport/observer/log_ring.hpp"
#include "transport/observer/observer_channel.hpp"
#include "transport/observer/page_files.hpp"
#include <bennu/actors/payload.hpp>
#include <bennu/supervision/child.hpp>
#include <bennu/supervision/dynamic_supervisor.hpp>
#include <bennu/supervision/supervisor.hpp>
#include <bennu/transport/server.hpp>

namespace bennu::engine {

namespace {

// A question may crash again and again, when a view has a bug; the readers must not be given up for that.
constexpr restart_limit patience_with_crashes{20, std::chrono::seconds{5}};

// Longer than an action takes on the other node, and shorter than the control socket waits.
constexpr std::chrono::milliseconds patience_with_nodes{3'500};

// What another node says may have any shape.
std::string text_in(const nlohmann::json& x, const char* name) {
  const auto found = x.find(name);
  return found != x.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

// Null for what is no JSON, or nested so deep that a copy, which is made recursively, would overflow the stack.
nlohmann::json parsed(const std::string& text) {
  const auto read = payload::parse(text);
  return read && read->has_value() ? read->value() : nlohmann::json{};
}

unsigned status_in(const nlohmann::json& x) {
  const auto found = x.find("status");
  return found != x.end() && found->is_number_unsigned() ? found->get<unsigned>() : 502;
}

// In the order of their links.
std::vector<std::string> connected_nodes(const node_parts& of) {
  std::vector<std::string> result;
  if (of.link != nullptr)
    for (auto& x : of.link->states())
      if (x.now == link_state::phase::up)
        result.push_back(std::move(x.peer));
  return result;
}

std::vector<std::unique_ptr<current_actor>> places(size_t count) {
  std::vector<std::unique_ptr<current_actor>> result;
  for (size_t i = 0; i < count; ++i)
    result.push_back(std::make_unique<current_actor>());
  return result;
}

} // namespace

observer_service::observer_service(node_parts& of, observer_program program)
  : sources_{.node = of,
             .program = std::move(program),
             .units = places(of.units.size()),
             .inquiries = {},
             .is_channel_topic = {},
             .events = event_log::listen(telemetry::of(of.system)),
             .load = std::make_shared<load_history>(),
             .log = std::make_shared<log_ring>()} {
  of.calls.serve(call_service::observer, [this](const std::string& body, const node_calls::give_answer& answer) {
    asked_by_node(body, answer);
  });
}

observer_service::~observer_service() = default;

void observer_service::mount(server& web, const std::string& token) {
  guard_ = std::make_unique<token_guard>(token, sources_.program.audit);
  sources_.is_channel_topic = [&web](std::string_view topic) { return web.has_channel(topic); };
  web.add(observer_endpoint(*this, *guard_));
  add_page(web);
}

child_spec observer_service::supervised() {
  supervisor_spec all{one_for_one};
  all.name("observer").intensity(patience_with_crashes);
  for (size_t i = 0; i < sources_.units.size(); ++i)
    all.add(unit_reader_child(*sources_.node.units[i], *sources_.units[i]));
  all.add(child<load_sampler>("load", std::ref(sources_)));
  dynamic_supervisor_options questions;
  questions.name = "questions";
  questions.max_children = max_questions;
  questions.announce = [this](const caf::actor& x) { sources_.inquiries.set(x); };
  all.add(dynamic_supervisor(std::move(questions)));
  return all.supervised("bennu observer").restart_as(restart::temporary);
}

namespace {

std::string text_of(const observer_answer& x) {
  if (!x.is_ok())
    return "refused: " + x.reason;
  const auto told = x.value.is_object() ? text_in(x.value, "text") : std::string{}; // another node may say anything
  return told.empty() ? "done" : "done: " + told;
}

} // namespace

observer_reply observer_service::audited(const observer_question& x) const {
  return std::make_shared<sure_call<observer_answer>>(
    [then = x.then, audit = sources_.program.audit,
     line = "observer: " + x.who + ": " + shown_text(x.name, 64) + " "
            + shown_text(x.params.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace), 512)](
      observer_answer result) {
      audit(line + ": " + text_of(result));
      (*then)(std::move(result));
    });
}

void observer_service::ask(observer_question x) {
  if (x.params.is_null())
    x.params = nlohmann::json::object();
  if (!x.params.is_object())
    return (*x.then)(observer_answer::problem(400, "params must be an object"));
  if (x.what == observer_question::type::action)
    x.then = audited(x);
  const auto node = x.params.find("node");
  if (node == x.params.end() || node->is_null() || *node == sources_.node.name)
    return ask_here(std::move(x));
  if (!node->is_string())
    return (*x.then)(observer_answer::problem(400, "node must be the name of a node"));
  const auto name = node->get<std::string>();
  ask_node(name, std::move(x));
}

// A node that is gone, or has no observer, does not answer.
void observer_service::ask_node(const std::string& name, observer_question x) {
  const auto connected = connected_nodes(sources_.node);
  if (std::find(connected.begin(), connected.end(), name) == connected.end())
    return (*x.then)(observer_answer::problem(404, "there is no node \"" + shown_text(name, 64)
                                                     + "\" that is connected with this one"));
  x.params.erase("node");
  const nlohmann::json body{{"do", x.what == observer_question::type::view ? "ask" : "act"},
                            {"name", x.name},
                            {"params", x.params},
                            {"who", x.who + " at the node " + sources_.node.name}};
  sources_.node.calls.ask(
    {name, 0}, call_service::observer, body.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace),
    patience_with_nodes, [then = x.then, name](const std::optional<call_answer>& told) {
      auto read = told ? parsed(told->body) : nlohmann::json{};
      if (!read.is_object())
        return (*then)(observer_answer::problem(504, "the node \"" + name + "\" does not answer, or has no observer"));
      if (read.contains("ok"))
        return (*then)(observer_answer::ok(std::move(read["ok"])));
      (*then)(observer_answer::problem(status_in(read), text_in(read, "reason")));
    });
}

// Runs in the hub, which must not throw.
void observer_service::asked_by_node(const std::string& body, const node_calls::give_answer& answer) {
  const auto in = parsed(body);
  const bool is_question = in.is_object() && in.contains("params") && in["params"].is_object();
  if (!is_question)
    return answer(R"({"status":400,"reason":"the question cannot be read"})", {});
  auto then = std::make_shared<sure_call<observer_answer>>([answer](observer_answer x) {
    const auto told = x.is_ok() ? nlohmann::json{{"ok", std::move(x.value)}}
                                : nlohmann::json{{"status", x.status}, {"reason", x.reason}};
    answer(told.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace), {});
  });
  observer_question x{text_in(in, "do") == "act" ? observer_question::type::action : observer_question::type::view,
                      text_in(in, "name"), in["params"], shown_text(text_in(in, "who"), 256), std::move(then)};
  if (x.what == observer_question::type::action)
    x.then = audited(x);
  ask_here(std::move(x));
}

void observer_service::ask_here(observer_question x) {
  const auto supervisor = sources_.inquiries.get();
  const auto then = x.then;
  if (!supervisor)
    return (*then)(observer_answer::problem(503, "the node is starting or stopping: ask again in a moment"));
  auto question = inquiry_child(sources_, std::make_shared<const observer_question>(std::move(x)));
  question.given_up = [then](const exit_info& why) {
    const bool has_crashed = why.kind == exit_kind::crashed;
    if (!then->told())
      (*then)(has_crashed ? observer_answer{}
                          : observer_answer::problem(503, "the node answers too many questions at the moment"));
  };
  start_child(supervisor, std::move(question));
}

nlohmann::json observer_service::describe() const {
  const auto& node = sources_.node;
  auto nodes = nlohmann::json::array({node.name});
  for (auto& x : connected_nodes(node))
    nodes.push_back(std::move(x));
  return {{"node", node.link != nullptr ? nlohmann::json(node.name) : nlohmann::json{}},
          {"version", sources_.program.version},
          {"dev", sources_.program.dev_mode},
          {"started_ms", sources_.started_ms},
          {"nodes", std::move(nodes)},
          {"pid", static_cast<int64_t>(sources_.program.process_id)},
          {"threads", node.units.size()}};
}

} // namespace bennu::engine
