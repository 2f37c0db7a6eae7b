#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>

#include <nlohmann/json.hpp>

#include <bennu/actors/channel.hpp>
#include <bennu/actors/message.hpp>
#include <bennu/actors/socket.hpp>

namespace bennu::probe {

/// Accepts all clients except those that ask for a refusal: `reject=true` (403), `ratelimit=true` (429).
class probe_socket : public bennu::socket {
public:
  connect_result connect(const connect_info& info) override {
    if (info.param("reject") == "true")
      return connect_refused{403, {}};
    if (info.param("ratelimit") == "true")
      return connect_refused{429, {}};
    user_id_ = info.param("user_id");
    return connected{};
  }

  std::string id() const override { return user_id_.empty() ? "" : "user_sockets:" + user_id_; }

  const std::string& user_id() const noexcept { return user_id_; }

private:
  std::string user_id_;
};

/// `bench:*`: the minimum that a load generator needs.
class bench_channel : public bennu::channel {
public:
  using channel::channel;

  join_result join(const json&) override { return accept{}; }

  const event_table& handle_in() const override {
    static const events<bench_channel> table = {
      {"pub", [](bench_channel& self, const payload& in) { self.broadcast("msg", in); }},
      {"ping", [](bench_channel&, const payload& in) { return reply::ok(in); }},
    };
    return table;
  }
};

/// `echo:*`: has one event for each way in which a channel can reply, push, end or fail.
class echo_channel : public bennu::channel {
public:
  using channel::channel;

  join_result join(const json& params) override;
  const event_table& handle_in() const override;
  caf::message_handler handle_info() override;
};

/// `log:*` and `logshort:*`: topics with history.
class log_channel : public bennu::channel {
public:
  using channel::channel;

  join_result join(const json&) override { return accept{}; }

  const event_table& handle_in() const override {
    static const events<log_channel> table = {
      {"pub",
       [](log_channel& self, const payload& in) {
         self.broadcast("msg", in);
         return reply::ok();
       }},
      {"pub_from",
       [](log_channel& self, const payload& in) {
         self.broadcast_from("msg", in);
         return reply::ok();
       }},
    };
    return table;
  }
};

/// `presence:*`: tracks the key and the meta of the join payload.
class presence_channel : public channel {
public:
  using channel::channel;

  join_result join(const json& params) override;
  const event_table& handle_in() const override;
  caf::message_handler handle_info() override;

private:
  std::string key_;
  payload meta_;
};

/// `repaired:*`: a channel that restarts in place. Its answer says how long after the throw it handled the next event.
/// Only one channel may crash at a time, because the time of the throw is stored globally; no state of a channel
/// survives its crash.
class repaired_channel : public bennu::channel {
public:
  using channel::channel;

  join_result join(const json&) override { return accept{}; }

  const event_table& handle_in() const override {
    static const events<repaired_channel> table = {
      {"ping", [](repaired_channel&, const payload& in) { return reply::ok(in); }},
      {"crash",
       [](repaired_channel&, const payload&) -> reply {
         thrown_at().store(now(), std::memory_order_relaxed);
         throw std::runtime_error("as it was asked to");
       }},
      {"since_crash",
       [](repaired_channel&, const payload&) {
         return reply::ok(json{{"ns", now() - thrown_at().load(std::memory_order_relaxed)}});
       }},
    };
    return table;
  }

private:
  static std::atomic<int64_t>& thrown_at() noexcept {
    static std::atomic<int64_t> result{0};
    return result;
  }

  static int64_t now() noexcept {
    return std::chrono::nanoseconds{std::chrono::steady_clock::now().time_since_epoch()}.count();
  }
};

/// A chat room, `room:*`: announces who entered, intercepts `new_msg`, and pushes a goodbye when the client leaves.
class room_channel : public bennu::channel {
public:
  using channel::channel;

  join_result join(const json& params) override;
  const event_table& handle_in() const override;
  const event_table& handle_out() const override;
  caf::message_handler handle_info() override;
  void terminate(const caf::error& reason) override;

private:
  void tell_of_the_join();
};

} // namespace bennu::probe
