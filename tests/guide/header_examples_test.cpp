// The examples in the comments of the public headers, so that the compiler has seen each of them. snippets.py compares;
// what a comment leaves out with … may be anything here.
#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <caf/event_based_actor.hpp>
#include <caf/make_message.hpp>
#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <bennu/actors/channel.hpp>
#include <bennu/actors/checked_text.hpp>
#include <bennu/actors/endpoint.hpp>
#include <bennu/actors/message.hpp>
#include <bennu/actors/node.hpp>
#include <bennu/actors/socket_serializer.hpp>
#include <bennu/supervision/blocking_pool.hpp>
#include <bennu/supervision/child.hpp>
#include <bennu/supervision/child_template.hpp>
#include <bennu/supervision/gen_server.hpp>
#include <bennu/supervision/partition_supervisor.hpp>
#include <bennu/supervision/process_groups.hpp>
#include <bennu/supervision/registry.hpp>
#include <bennu/supervision/stash.hpp>
#include <bennu/supervision/supervisor.hpp>
#include <bennu/supervision/supervisor_commands.hpp>
#include <bennu/supervision/task_supervisor.hpp>
#include <bennu/supervision/telemetry.hpp>
#include <bennu/testing/channel_case.hpp>
#include <bennu/testing/cluster_case.hpp>
#include <bennu/transport/application.hpp>
#include <bennu/transport/cluster.hpp>
#include <bennu/transport/http.hpp>
#include <bennu/transport/server.hpp>

using namespace std::chrono_literals;

namespace shop {
struct seats {
  int free;
};
} // namespace shop
BENNU_MESSAGE(shop::seats)

namespace header_examples {

using namespace bennu;
using shop::seats;
struct refresh {};
struct increment {};
struct image {};

} // namespace header_examples

BENNU_MESSAGE(header_examples::refresh)
BENNU_MESSAGE(header_examples::increment)
BENNU_MESSAGE(header_examples::image)

namespace header_examples {

// -- supervision ------------------------------------------------------------------

class clock : public process {
public:
  using process::process;
};

class room_process : public process {
public:
  room_process(caf::actor_config& cfg, std::string name) : process(cfg), name_(std::move(name)) {}

private:
  std::string name_;
};

inline int load() {
  return 0;
}
inline void save(int) {}

namespace servers {

struct tally {
  int sum = 0;
};

class counter : public bennu::gen_server<tally> {
public:
  using gen_server::gen_server;

protected:
  bennu::init_result init() override {
    return bennu::init_result::ok().continue_with([this] { state.sum = load(); });
  }
  caf::message_handler handle_messages() override {
    return {[this](int x) { return state.sum += x; }};
  }
  void terminate(const bennu::exit_info&) override { save(state.sum); }
};

void of_gen_server(supervisor_spec& tree) {
  tree.add(bennu::child<counter>("counter"));
}

} // namespace servers

class counter : public process {
public:
  counter(caf::actor_config& cfg, int, std::string) : process(cfg) {}
  counter(caf::actor_config& cfg, stash<int>) : process(cfg) {}
};

void of_blocking_pool(supervisor_spec& tree, caf::event_based_actor* self, const std::string& path) {
  auto read = [](const std::string& name) { return name; };
  blocking_pool disk{{.name = "disk", .threads = 2}};
  tree.add(disk.supervised("disk"));
  self->request(disk.handle(), caf::infinite, make_blocking_job([=] { return read(path); }))
    .then([](const std::string& text) { static_cast<void>(text); }, [](caf::error& why) { static_cast<void>(why); });
}

void of_child() {
  supervisor_spec{one_for_one}
    .add(child<counter>("counter", 3, "file"))
    .add(child<clock>("clock").restart_as(restart::transient));
}

child_spec of_child_spec(start_function start) {
  return child_spec{"room", start}.restart_as(restart::transient).limit_to({5, 10s});
}

void of_child_template(const caf::actor& pool) {
  using room = room_process;
  auto rooms = template_of<room, std::string>("room"); // room(caf::actor_config&, std::string)
  rooms.policy().restart_type = restart::transient;
  start_child(pool, rooms.with("lobby"));
}

namespace partitions {

inline child_spec counter(size_t) {
  return child<clock>("clock");
}

void of_partitions(supervisor_spec& tree, caf::event_based_actor* self) {
  partition_supervisor counters{[](size_t i) { return counter(i); }, {.partitions = 8}};
  tree.add(counters.supervised("counters"));
  self->send(counters.find("room:lobby"), increment{});
}

} // namespace partitions

void of_groups(const caf::actor& self) {
  process_groups groups;
  groups.join("workers", self);
  groups.send("workers", caf::make_message(refresh{}));
}

void of_registry(const caf::actor& self) {
  registry rooms;
  rooms.add("lobby", self);
  rooms.find("lobby"); // from any thread, without asking anybody
}

void of_get_or_start(caf::event_based_actor* self, const caf::actor& pool, const registry& rooms) {
  using room = room_process;
  self->request(pool, caf::infinite, rooms.get_or_start("lobby", child<room>("room", "lobby")))
    .then([](const child_started& x) { static_cast<void>(x); }, [](caf::error& why) { static_cast<void>(why); });
}

void of_stash(supervisor_spec& tree) {
  stash<int> sums;
  tree.add(child<counter>("counter", sums)); // counter: init takes, terminate puts
}

int of_supervision_tree(caf::actor_system& system, child_spec store) {
  auto fail = [](const std::string&) { return 1; };
  auto log = [](const std::string&) {};
  auto tree = supervisor_spec{}.add(store).start(system);
  if (!tree)
    return fail(explain(classify(tree.error())));
  log(explain(tree.wait())); // the root has ended: stopped by somebody, or it gave up
  return 0;
}

void of_supervisor_spec(caf::actor_system& system, child_spec store, child_spec pool) {
  auto tree = supervisor_spec{one_for_one}.add(store).add(pool).start(system);
}

void of_tasks(supervisor_spec& tree, caf::event_based_actor* self, std::string picture) {
  auto thumbnail = [](const std::string&) { return image{}; };
  task_supervisor tasks;
  tree.add(tasks.supervised("tasks"));
  tasks.async_nolink(self, [=] { return thumbnail(picture); })
    .then([](const image& x) { static_cast<void>(x); }, [](caf::error& why) { static_cast<void>(why); });
}

inline size_t size_of(const std::filesystem::path& x) {
  return x.native().size();
}

void of_stream(const task_supervisor& tasks, caf::event_based_actor* self) {
  using path = std::filesystem::path;
  std::vector<path> paths;
  tasks.async_stream(self, paths, [](const path& x) { return size_of(x); }, {.max_concurrency = 4})
    .then([](const task_results& x) { static_cast<void>(x.at<size_t>(0)); },
          [](caf::error& why) { static_cast<void>(why); });
}

void of_telemetry(caf::event_based_actor* self, int price, const std::string& name) {
  if (auto* hub = telemetry::listening(self->system()))
    hub->emit("shop.sold", {{"cents", price}}, {{"item", name}});
}

// -- actors -----------------------------------------------------------------------

class user_socket : public socket {
public:
  connect_result connect(const connect_info& info) override {
    const auto params = bennu::nested_params(info.uri);
    return connected{};
  }
};

inline void ask(int, caf::event_based_actor*) {}
struct item {
  std::string name;
};
inline item slow_lookup(int) {
  return {};
}

class deferring : public channel {
public:
  using channel::channel;
  int shop = 0;
  join_result join(const json&) override {
    ask(shop, self());
    return defer_join{};
  }
  caf::message_handler handle_info() override {
    return {[this](seats x) { decide_join(accept{{{"seats", x.free}}}); }};
  }
};

namespace tables {

class room : public channel {
public:
  using channel::channel;
  join_result join(const json&) override { return accept{}; }
  reply new_msg(const json&) { return reply::ok(); }
  const event_table& handle_in() const override {
    static const bennu::events<room> table = {
      {"ping", [](room&, const json& in) { return reply::ok(in); }},
      {"typing", [](room& self, const json& in) { self.broadcast_from("typing", in); }},
      {"new_msg", &room::new_msg},
    };
    return table;
  }
  const event_table& handle_out() const override {
    static const bennu::events<room> table = {
      {"find",
       [](room& self, const json& in) {
         return self.blocking([id = in.at("id").get<int>()] { return slow_lookup(id); },
                              [](const item& found) {
                                return reply::ok({{"name", found.name}});
                              });
       }},
    };
    return table;
  }
  void of_presence(const std::string& user_id, int now) const {
    presence().track(user_id, {{"online_at", now}});
    push("presence_state", presence().list());
    trace_span span{self()->system(), "orders.find", span_kind::client};
    span.set("db.system.name", "postgresql");
  }
};

} // namespace tables

class room : public bennu::channel_of<room> {
public:
  using channel_of::channel_of;
  bennu::join_result join(const json&) override { return bennu::accept{}; }
  static bennu::events<room> events_in() {
    return {{"ping", [](room&, const json& in) { return bennu::reply::ok(in); }}};
  }
};

using room_channel = room;

inline constexpr text_rule nickname_rule{.name = "a nickname", .max_bytes = 32};
using nickname = checked_text<nickname_rule>;

void of_endpoint() {
  auto chat = bennu::endpoint{"/socket"}.serve<user_socket>().channel<room_channel>("room:*");
}

void of_global_names(node& home, const caf::actor& self) {
  home.names().add("global:leader", self);
  home.names().find("global:leader"); // on any node: a handle for requests, messages and monitors
}

void of_rates() {
  socket_options options;
  options.limits.joins = rate::per_second(10);
  options.limits.bytes = rate{1 << 20, std::chrono::seconds{1}, 8 << 20};
}

class my_format : public socket_serializer {
public:
  std::variant<socket_message, unreadable_message> decode(bool is_binary, std::string_view bytes) const override {
    return is_binary ? read_my_frame(bytes) : v2().decode(is_binary, bytes);
  }
  std::optional<encoded_message> encode(const socket_message& message) const override { return v2().encode(message); }

private:
  static std::variant<socket_message, unreadable_message> read_my_frame(std::string_view) {
    return unreadable_message{"not mine"};
  }
};

// -- transport --------------------------------------------------------------------

void of_cluster(caf::actor_system_config& config, caf::actor_system& system, supervisor_spec& root) {
  bennu::load_cluster(config); // before the actor system is created
  bennu::cluster part{system, {.name = "a", .peers = {"10.0.0.2:4444"}, .is_insecure = true}};
  part.listen(); // throws when the address is in use
  root.add(part.supervised());
}

void of_server(node& home) {
  server web{home, {.port = 4000}};
  web.add(endpoint{"/socket"}.serve<user_socket>().channel<room_channel>("room:*"));
  web.listen();
  supervisor_spec root{one_for_one};
  for (auto& child : web.children())
    root.add(std::move(child));
}

void of_application(application& app, const std::string& key_of_billing) {
  app.web().add("GET", "/health", health_of(app), {.answers_when_full = true});
  app.serve(bennu::publish_api{.keys = {{.secret = key_of_billing, .topics = {"invoices:*"}}}});
}

// -- testing ----------------------------------------------------------------------

void of_seeds(const cluster_case::make_endpoint& shop) {
  bennu::for_seeds(1'000, shop, {}, [](bennu::cluster_case& test) {
    auto room = test.connect("a", {{"token", "ann"}}).join("room:lobby");
    for (int i = 0; i < 20; ++i) {
      test.random_fault();
      room.push("new_message", {{"body", "hi"}});
      test.run_for(1s);
    }
    test.heal_all();
    test.expect_soon("ann is joined", [&] { return room.is_joined(); });
  });
}

void of_expectations(const test_client& client, const test_channel& room, const test_channel& ann,
                     const test_push& ref) {
  auto again = client.join("room:lobby", {{"since", room.position()}});
  client.expect_exactly({reply_to(ref, "ok"), pushed("welcome", {{"user", "ann"}})});
  ann.expect_reply(ref, "ok", {{"id", any()}, {"body", "hi"}});
}

namespace first_case {

class room : public tables::room {
public:
  using tables::room::room;
  const event_table& handle_in() const override {
    static const bennu::events<room> table = {{"new_msg", [](room& self, const json& in) {
                                                 self.broadcast("new_msg", in);
                                                 return reply::ok();
                                               }}};
    return table;
  }
};

TEST_CASE("headers: the first example of the test kit passes") {
  bennu::channel_case test{bennu::endpoint{"/socket"}.serve<user_socket>().channel<room>("room:*")};
  auto ann = test.connect({{"token", "ann"}}).join("room:lobby");
  auto ref = ann.push("new_msg", {{"body", "hi"}});
  ann.expect_reply(ref, "ok");
  test.expect_broadcast("room:lobby", "new_msg", {{"body", "hi"}});
  CHECK(nickname{"ann"}.size() == 3);
}

} // namespace first_case

} // namespace header_examples
