#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>
#include <optional>
#include <utility>

#include <caf/actor_clock.hpp>
#include <caf/actor_system.hpp>

#include "actors/client/connection.hpp"
#include "actors/client/connection_view.hpp"
#include "actors/client/unit_services.hpp"
#include "actors/node/node_parts.hpp"
#include "transport/observer/connections_task.hpp"
#include "transport/observer/ended_log.hpp"
#include "transport/observer/event_log.hpp"
#include "transport/observer/inquiry.hpp"
#include "transport/observer/page_of_rows.hpp"
#include "transport/observer/views.hpp"
#include <bennu/actors/endpoint.hpp>

namespace bennu::engine {

namespace {

// How many connections a step looks at, also with a search.
constexpr size_t searched_per_step = 100;

constexpr size_t max_joins_shown = 200;

int64_t ms_of(std::chrono::nanoseconds x) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(x).count();
}

/// What a list shows of a connection. Only those on the page become JSON, which takes longer than all the rest.
struct connection_row {
  uint64_t number;
  std::string socket_id, peer;
  transport_kind transport;
  int64_t age_ms;
  size_t joins;
  connection::traffic counted;
  size_t outbox_bytes, unit;
};

connection_row row_of(const connection& x) {
  const auto age = x.unit().shared.system.clock().now() - x.connected_at();
  return {x.number(),         x.id(),         x.peer(),    x.session().kind(),
          ms_of(age),         x.join_count(), x.counted(), x.session().waiting_bytes(),
          x.unit().lane.index};
}

nlohmann::json json_of(const connection_row& x) {
  return {{"id", std::to_string(x.number)},
          {"socket_id", shown_text(x.socket_id, 256)},
          {"peer", shown_text(x.peer, 128)},
          {"transport", x.transport == transport_kind::websocket ? "websocket" : "longpoll"},
          {"age_ms", x.age_ms},
          {"joins", x.joins},
          {"in", x.counted.messages_in},
          {"out", x.counted.messages_out},
          {"bytes_in", x.counted.bytes_in},
          {"bytes_out", x.counted.bytes_out},
          {"outbox_bytes", x.outbox_bytes},
          {"unit", x.unit}};
}

// Messages per second since a look about a second ago; null at the first look.
void add_rates(inquiry& by, nlohmann::json& row) {
  const auto id = row["id"].get<std::string>();
  for (const auto* way : {"in", "out"}) {
    const auto rate = by.from().rates.look(way + (" " + id), row[way].get<uint64_t>(), by.clock().now());
    row[way + std::string{"_per_s"}] = rate ? nlohmann::json(std::round(*rate * 100) / 100) : nlohmann::json{};
  }
}

/// The connections of one io unit that match, in their order.
class list_task : public connections_task {
public:
  explicit list_task(const page_query& x) : connections_task(searched_per_step), rows(x), page_(x) {}

  first_rows<connection_row> rows;
  size_t matches = 0;

protected:
  bool look_at(connection& x) override {
    if (!page_.search.empty() && !is_match(x))
      return true;
    ++matches;
    sort_key key{number_of(x), {}, std::to_string(x.number())};
    if (rows.takes(key))
      rows.add(std::move(key), row_of(x));
    return true;
  }

private:
  bool is_match(const connection& x) const {
    const auto& text = page_.search;
    return contains_text(x.id(), text) || contains_text(x.peer(), text) || std::to_string(x.number()) == text
           || joins_topic_like(x, text);
  }

  int64_t number_of(const connection& x) const {
    const auto number = [](auto n) { return static_cast<int64_t>(n); };
    if (page_.sort == "outbox")
      return number(x.session().waiting_bytes());
    if (page_.sort == "joins")
      return number(x.join_count());
    if (page_.sort == "in")
      return number(x.counted().messages_in);
    if (page_.sort == "out")
      return number(x.counted().messages_out);
    return -number(x.connected_at().time_since_epoch().count());
  }

  const page_query page_;
};

} // namespace

void show_connections(inquiry& by) {
  const auto page = page_query::read(by.params(), {"age", "outbox", "joins", "in", "out"});
  std::vector<std::shared_ptr<list_task>> all;
  std::vector<unit_task_ptr> tasks;
  for (size_t i = 0; i < by.from().units.size(); ++i)
    tasks.push_back(all.emplace_back(std::make_shared<list_task>(page)));
  by.ask_units(tasks, [&by, all, page](size_t missing) {
    size_t total = 0, matches = 0;
    first_rows<connection_row> rows{page};
    for (const auto& x : all) {
      if (x->is_unwanted)
        continue;
      total += x->total;
      matches += x->matches;
      rows.merge(std::move(x->rows));
    }
    auto found = nlohmann::json::array();
    for (const auto& x : std::move(rows).take(page.offset))
      add_rates(by, found.emplace_back(json_of(x)));
    auto result = page_json(total, matches, std::move(found));
    result["missing_units"] = missing;
    by.answer(std::move(result));
  });
}

namespace {

// Why the server waits for a client, or the client for the server; null when neither does.
nlohmann::json why_slow(const connection& x) {
  const auto unsent = x.session().waiting_bytes();
  if (x.session().congested())
    return "the client reads too slowly: " + std::to_string(unsent)
           + " bytes wait for it, and its own messages wait meanwhile";
  if (x.backlogged())
    return "its channels are behind: " + std::to_string(x.in_flight())
           + " of its messages wait, and nothing more is read from it";
  if (unsent > 0)
    return std::to_string(unsent) + " bytes wait until the client reads";
  return nullptr;
}

/// Looks for one connection, and does something with it.
class find_task : public connections_task {
public:
  explicit find_task(uint64_t number) : connections_task(searched_per_step), number_(number) {}
  bool is_found = false;

protected:
  bool look_at(connection& x) final {
    if (x.number() != number_)
      return true;
    is_found = true;
    found(x);
    return false;
  }
  virtual void found(connection& x) = 0;

private:
  const uint64_t number_;
};

class detail_task : public find_task {
public:
  using find_task::find_task;
  nlohmann::json value;

protected:
  void found(connection& x) override {
    value = json_of(row_of(x));
    auto channels = nlohmann::json::array();
    for (const auto& join : joins_of(x, max_joins_shown))
      channels.push_back({{"topic", shown_text(join.topic)},
                          {"channel", join.channel},
                          {"state", join.state},
                          {"actor", join.actor == 0 ? nlohmann::json{} : nlohmann::json(join.actor)},
                          {"mailbox", join.mailbox},
                          {"memory_bytes", join.memory},
                          {"waiting", join.waiting},
                          {"owed", join.owed}});
    value["channels"] = std::move(channels);
    value["slow"] = why_slow(x);
    value["waiting"] = x.in_flight();
    value["endpoint"] = x.via().path();
  }
};

class kick_task : public find_task {
public:
  using find_task::find_task;

protected:
  void found(connection& x) override { x.kicked("an observer disconnected it"); }
};

// The number of a connection, which is a text on the wire.
uint64_t number_in(const nlohmann::json& params, const char* name) {
  const auto found = params.find(name);
  if (found != params.end() && found->is_number_unsigned())
    return found->get<uint64_t>();
  const auto text = param_reader{params}.required_text(name);
  if (text.size() > 19 || text.find_first_not_of("0123456789") != text.npos)
    throw wrong_params(std::string{name} + " must be the id of a connection, a whole number");
  return std::stoull(text);
}

template <class Task>
void ask_for(inquiry& by, uint64_t number, std::function<void(Task&)> then) {
  auto all = std::make_shared<std::vector<std::shared_ptr<Task>>>();
  std::vector<unit_task_ptr> tasks;
  for (size_t i = 0; i < by.from().units.size(); ++i)
    tasks.push_back(all->emplace_back(std::make_shared<Task>(number)));
  by.ask_units(tasks, [all, number, then](size_t missing) {
    for (const auto& x : *all)
      if (!x->is_unwanted && x->is_found)
        return then(*x);
    if (missing > 0)
      throw refused_question(504, "an io unit does not answer: it is busy or blocked");
    throw refused_question(404, "there is no connection " + std::to_string(number)
                                  + ": if it has ended, the view `ended` may tell why");
  });
}

} // namespace

void show_connection(inquiry& by) {
  ask_for<detail_task>(by, number_in(by.params(), "id"), [&by](detail_task& x) {
    add_rates(by, x.value);
    by.answer(std::move(x.value));
  });
}

void act_disconnect(inquiry& by) {
  const param_reader in{by.params()};
  if (in.has("connection")) {
    const auto number = number_in(by.params(), "connection");
    ask_for<kick_task>(by, number, [&by, number](kick_task&) {
      by.answer({{"text", "connection " + std::to_string(number) + " is disconnected"}});
    });
    return;
  }
  const auto id = in.text("socket_id");
  if (id.empty())
    throw wrong_params("connection or socket_id is missing: give the id of a connection, or the socket id of several");
  if (const auto& is_channel_topic = by.from().is_channel_topic; is_channel_topic && is_channel_topic(id))
    throw wrong_params("socket_id: \"" + shown_text(id, 128)
                       + "\" is a topic of a channel, not the id of a socket: see socket::id");
  by.from().node.topics.broadcast(id, "disconnect", json{{"reason", "an observer disconnected it"}});
  by.answer({{"text", "all connections with the socket id " + id + " are told to leave, on all nodes"}});
}

namespace {

nlohmann::json row_of(const ended& x) {
  return {{"id", std::to_string(x.connection)},
          {"socket_id", shown_text(x.socket)},
          {"peer", shown_text(x.peer)},
          {"transport", shown_text(x.transport)},
          {"endpoint", shown_text(x.endpoint)},
          {"reason", shown_text(x.reason)},
          {"text", shown_text(x.text)},
          {"code", x.code},
          {"at_ms", ms_of(x.at.time_since_epoch())},
          {"age_ms", x.age.count()},
          {"channels", x.channels},
          {"in", x.messages_in},
          {"out", x.messages_out},
          {"bytes_in", x.bytes_in},
          {"bytes_out", x.bytes_out}};
}

// The ends of one connection, or of one socket id, if the text is one; else those that contain it somewhere.
std::vector<ended> matching(std::vector<ended> all, const std::string& text) {
  const auto is_exact = [&](const ended& x) { return x.socket == text || std::to_string(x.connection) == text; };
  const bool is_name = std::any_of(all.begin(), all.end(), is_exact);
  std::erase_if(all, [&](const ended& x) {
    return is_name ? !is_exact(x)
                   : !contains_text(x.socket, text) && !contains_text(x.peer, text) && !contains_text(x.reason, text);
  });
  return all;
}

} // namespace

void show_ended(inquiry& by) {
  const auto page = page_query::read(by.params(), {"at"});
  auto found = by.from().events->ended().find({}, SIZE_MAX); // at most a thousand, the newest first
  const auto total = found.size();
  if (!page.search.empty())
    found = matching(std::move(found), page.search);
  auto rows = nlohmann::json::array();
  for (auto i = page.offset; i < std::min(page.depth(), found.size()); ++i)
    rows.push_back(row_of(found[i]));
  by.answer(page_json(total, found.size(), std::move(rows)));
}

} // namespace bennu::engine
