#include "tests/wire/lab.hpp"

#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <thread>

#include <nlohmann/json.hpp>

#include "tests/actors/odd_serializer.hpp"
#include <bennu/actors/channel.hpp>
#include <bennu/actors/endpoint.hpp>
#include <bennu/actors/node.hpp>
#include <bennu/supervision/telemetry.hpp>
#include <bennu/transport/application.hpp>
#include <bennu/transport/http.hpp>
#include <bennu/transport/server.hpp>

namespace bennu::test {

namespace {

struct info_socket : socket {
  connect_result connect(const connect_info& info) override {
    if (const auto status = info.param("refuse"); !status.empty())
      return connect_refused{static_cast<unsigned>(std::stoul(std::string{status})), R"({"sorry":true})",
                             "application/json"};
    thrown = info.param("throw");
    if (thrown == "connect")
      throw std::runtime_error("connect, as it was asked to");
    if (thrown == "connect_other")
      throw 5; // NOLINT(hicpp-exception-baseclass): what a library may do
    known = {{"peer", info.peer_address},       {"uri", info.uri},
             {"scheme", info.scheme},           {"host", info.host()},
             {"user_agent", info.user_agent()}, {"x", info.x_headers()},
             {"trace", info.trace_context()},   {"cookie", info.cookie("session")},
             {"auth_token", info.auth_token},   {"nested", nested_params(info.uri)}};
    return connected{};
  }
  std::string id() const override {
    if (thrown == "id")
      throw std::runtime_error("id, as it was asked to");
    return {};
  }
  std::string thrown;
  json known;
};

struct open_socket : socket {
  connect_result connect(const connect_info&) override { return connected{}; }
};

struct named_socket : socket {
  connect_result connect(const connect_info& info) override {
    name = info.param("id");
    return connected{};
  }
  std::string id() const override { return name; }
  std::string name;
};

struct expiring_socket : socket {
  connect_result connect(const connect_info& info) override {
    return connected{std::chrono::milliseconds{std::stoi(std::string{info.param("ms")})}};
  }
  std::optional<connect_result> refresh(const json& payload) override {
    if (!payload.contains("ms"))
      return connect_refused{403, "bad token"};
    return connected{std::chrono::milliseconds{payload["ms"].get<int>()}};
  }
};

struct lab_channel : channel {
  using channel::channel;
  join_result join(const json&) override { return accept{}; }
  const event_table& handle_in() const override {
    static const events<lab_channel> table = {
      {"echo", [](lab_channel&, const payload& in) { return reply::ok(in); }},
      {"shout", [](lab_channel& self, const payload& in) { self.broadcast("shout", in); }},
      {"fail", [](lab_channel&, const payload&) -> reply { throw std::runtime_error("fail, as it was asked to"); }},
      {"wait",
       [](lab_channel& self, const payload& in) {
         const std::chrono::seconds time{in.value().at("s").get<int64_t>()};
         return self.blocking([time] { std::this_thread::sleep_for(time); }, [] { return reply::ok(); });
       }},
      {"info", [](lab_channel& self, const payload&) { return reply::ok(self.socket_as<info_socket>().known); }},
    };
    return table;
  }
};

} // namespace

struct lab::parts {
  explicit parts(const std::function<void(server_options&)>& differ) : app(options(differ)) {
    const auto rarely = [](int64_t burst) { return rate{1, std::chrono::hours{1}, burst}; };
    socket_options slow, expires, renews, deflated, latest, pinged, brief, named;
    slow.limits = {rarely(2), rarely(3), rarely(1000)};
    expires.expiry_grace = std::chrono::milliseconds{300};
    renews.expiry_grace = std::chrono::minutes{10};
    deflated.compression = true;
    latest.when_outbox_full = overflow::drop_oldest;
    latest.send_timeout = std::chrono::milliseconds{300};
    pinged.heartbeat_interval = std::chrono::milliseconds{100};
    pinged.idle_timeout = std::chrono::seconds{1};
    brief.longpoll_window = std::chrono::seconds{1};
    named.max_connections_per_id = 2;
    channel_options strict;
    strict.limits = {.joins = rarely(1), .events = rarely(1)};
    const channel_options kept{.history = history{}};
    auto& web = app.web();
    web.add(endpoint{"/info"}.serve<info_socket>().channel<lab_channel>("echo:*").channel<lab_channel>("log:*", kept));
    web.add(endpoint{"/slow"}.serve<open_socket>(slow).channel<lab_channel>("echo:*").channel<lab_channel>("strict:*",
                                                                                                           strict));
    web.add(endpoint{"/expires"}.serve<expiring_socket>(expires).channel<lab_channel>("echo:*"));
    web.add(endpoint{"/renews"}.serve<expiring_socket>(renews).channel<lab_channel>("echo:*"));
    web.add(endpoint{"/deflate"}.serve<open_socket>(deflated).channel<lab_channel>("echo:*"));
    web.add(endpoint{"/latest"}.serve<open_socket>(latest).channel<lab_channel>("echo:*"));
    web.add(endpoint{"/pinged"}.serve<open_socket>(pinged).channel<lab_channel>("echo:*"));
    web.add(endpoint{"/named"}.serve<named_socket>(named).channel<lab_channel>("echo:*"));
    web.add(endpoint{"/brief"}.serve<open_socket>(brief).channel<lab_channel>("echo:*"));
    web.add(endpoint{"/own"}
              .serve<open_socket>()
              .serializer<odd_serializer>("2.0.0")
              .channel<lab_channel>("echo:*")
              .channel<lab_channel>("log:*", kept));
    const auto count = [](const http_request& in, const http_reply& reply) {
      reply(http_response::text(200, std::to_string(in.body.size())));
    };
    web.add("POST", "/form", count);
    web.add("POST", "/upload", count, {.max_body_bytes = 8'000'000});
    web.add("GET", "/throws", [](const http_request& in, const http_reply&) {
      if (in.query == "other")
        throw 42; // NOLINT(hicpp-exception-baseclass): what a library may do
      throw std::runtime_error("as it was asked to");
    });
    web.add("GET", "/block", [this](const http_request&, const http_reply& reply) {
      blocking.set_value();
      released.get_future().wait();
      reply(http_response::text(200, ""));
    });
    telemetry::of(app.system()).attach("*", [this](const telemetry_event& x) {
      std::lock_guard guard{mutex};
      ++events[std::string{x.name}];
      if (x.name == "limit.hit")
        ++hits[std::string{x.text("limit")}];
    });
    app.start();
  }

  static application_options options(const std::function<void(server_options&)>& differ) {
    application_options result;
    result.name = "lab";
    result.threads = 2;
    result.web.port = 0;
    result.web.trusted = {"127.0.0.0/8"};
    differ(result.web);
    return result;
  }

  std::promise<void> blocking; ///< set when the handler of `/block` runs
  std::promise<void> released;
  std::mutex mutex;
  std::map<std::string, int> hits;
  std::map<std::string, int> events;
  application app;
};

lab::lab(const std::function<void(server_options&)>& differ) : parts_(std::make_unique<parts>(differ)) {}

lab::~lab() = default;

void lab::await_block() {
  parts_->blocking.get_future().wait();
}

void lab::release() {
  parts_->released.set_value();
}

uint16_t lab::port() const {
  return parts_->app.web().port();
}

int lab::hits(const std::string& limit) const {
  std::lock_guard guard{parts_->mutex};
  return parts_->hits[limit];
}

int lab::events(const std::string& name) const {
  std::lock_guard guard{parts_->mutex};
  return parts_->events[name];
}

namespace {

std::unique_ptr<lab> shared; // NOLINT: one a program, ended by main

lab& shared_lab() {
  if (!shared)
    shared = std::make_unique<lab>();
  return *shared;
}

} // namespace

uint16_t lab_port() {
  return shared_lab().port();
}

int limit_hits(const std::string& limit) {
  return shared_lab().hits(limit);
}

void end_lab() {
  shared.reset();
}

} // namespace bennu::test
