// A client that sends random messages one after another receives what the rules of Phoenix say. When it sends them in
// one piece, each is answered exactly as often as the rules say, and nothing is left behind.
#include <algorithm>
#include <map>
#include <ostream>
#include <set>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>
#include <rapidcheck.h>

#include "actors/client/channel_join.hpp"
#include "tests/actors/polite_channel.hpp"
#include "tests/kit/channel/test_session.hpp"

using namespace bennu;
using namespace bennu::engine;
using namespace bennu::test;
using texts = std::vector<std::string>;

namespace {

enum class client_does { join, echo, leave, stop, crash, stale_echo, stale_leave, heartbeat, null_echo, null_leave };
constexpr unsigned deeds = 10;

struct client_step {
  client_does kind;
  unsigned topic;
};

std::ostream& operator<<(std::ostream& out, client_step x) {
  const char* names[] = {"join",       "echo",        "leave",     "stop",      "crash",
                         "stale echo", "stale leave", "heartbeat", "null echo", "null leave"};
  return out << names[static_cast<unsigned>(x.kind)] << ' ' << x.topic;
}

rc::Gen<std::vector<client_step>> client_steps() {
  const auto one = rc::gen::map(rc::gen::pair(rc::gen::inRange(0U, 3 * deeds), rc::gen::inRange(0U, 6U)), [](auto x) {
    const auto kind = x.first < deeds ? client_does::join : static_cast<client_does>(x.first % deeds);
    return client_step{kind, x.second};
  });
  return rc::gen::container<std::vector<client_step>>(one);
}

/// The rules of Phoenix for one client. Source: Phoenix.Socket.
class client_rules {
public:
  client_rules(size_t max_channels, bool repairs) : max_channels_(max_channels), repairs_(repairs) {}

  /// The message of this client_step. What it causes is in `expected`.
  std::string next(client_step x) {
    const auto ref = std::to_string(++refs_);
    const std::string topic = x.topic < 3   ? "room:" + std::to_string(x.topic)
                              : x.topic < 4 ? "room:closed"
                              : x.topic < 5 ? "room:broken"
                                            : "nowhere";
    const auto here = joined.find(topic);
    const auto join_ref = x.kind == client_does::join ? ref : here == joined.end() ? std::string{"none"} : here->second;
    switch (x.kind) {
      case client_does::join:
        join(topic, ref);
        return text(ref, ref, topic, "phx_join");
      case client_does::echo:
        here == joined.end() ? unmatched(ref, topic) : reply(join_ref, ref, topic, "ok");
        return text(join_ref, ref, topic, "echo");
      case client_does::leave:
        reply(join_ref, ref, topic, "ok");
        end(topic, "phx_close");
        return text(join_ref, ref, topic, "phx_leave");
      case client_does::stop:
      case client_does::crash:
        if (here == joined.end())
          unmatched(ref, topic);
        else if (x.kind == client_does::crash && repairs_)
          reply(join_ref, ref, topic, "error", R"({"reason":"crashed"})");
        else
          end(topic, x.kind == client_does::stop ? "phx_close" : "phx_error");
        return text(join_ref, ref, topic, x.kind == client_does::stop ? "stop" : "crash");
      case client_does::stale_echo:
      case client_does::stale_leave:
        if (here == joined.end())
          x.kind == client_does::stale_echo ? unmatched(ref, topic) : reply("stale", ref, topic, "ok");
        return text("stale", ref, topic, x.kind == client_does::stale_echo ? "echo" : "phx_leave");
      case client_does::null_echo:
        here == joined.end() ? unmatched(ref, topic) : reply(join_ref, ref, topic, "ok");
        return "[null,\"" + ref + "\",\"" + topic + R"(","echo",{}])";
      case client_does::null_leave:
        if (here == joined.end())
          expected.push_back("[null,\"" + ref + "\",\"" + topic + R"(","phx_reply",{"response":{},"status":"ok"}])");
        else
          reply(join_ref, ref, topic, "ok");
        end(topic, "phx_close");
        return "[null,\"" + ref + "\",\"" + topic + R"(","phx_leave",{}])";
      case client_does::heartbeat:
        expected.push_back("[null,\"" + ref + R"(","phoenix","phx_reply",{"response":{},"status":"ok"}])");
        return "[null,\"" + ref + R"(","phoenix","heartbeat",{}])";
    }
    return {};
  }

  texts expected;
  std::map<std::string, std::string> joined; ///< topic and join_ref

private:
  static std::string text(const std::string& join_ref, const std::string& ref, const std::string& topic,
                          const std::string& event) {
    return "[\"" + join_ref + "\",\"" + ref + "\",\"" + topic + "\",\"" + event + "\",{}]";
  }

  void reply(const std::string& join_ref, const std::string& ref, const std::string& topic, const std::string& status,
             const std::string& response = "{}") {
    expected.push_back("[\"" + join_ref + "\",\"" + ref + "\",\"" + topic + R"(","phx_reply",{"response":)" + response
                       + R"(,"status":")" + status + "\"}]");
  }

  void unmatched(const std::string& ref, const std::string& topic) {
    expected.push_back("[null,\"" + ref + "\",\"" + topic
                       + R"(","phx_reply",{"response":{"reason":"unmatched topic"},"status":"error"}])");
  }

  void bye(const std::string& join_ref, const std::string& topic) {
    expected.push_back("[\"" + join_ref + "\",null,\"" + topic + "\",\"bye\",{}]");
  }

  void end(const std::string& topic, const std::string& event) {
    const auto here = joined.find(topic);
    if (here == joined.end())
      return;
    expected.push_back("[\"" + here->second + "\",\"" + here->second + "\",\"" + topic + "\",\"" + event + "\","
                       + (event == "phx_error" ? R"({"reason":"channel_crash"})" : "{}") + "]");
    if (event == "phx_close")
      bye(here->second, topic);
    joined.erase(here);
  }

  void join(const std::string& topic, const std::string& ref) {
    if (topic == "nowhere")
      return unmatched(ref, topic);
    const auto here = joined.find(topic);
    if (here == joined.end() && joined.size() >= max_channels_)
      return reply(ref, ref, topic, "error", R"({"reason":"too many channels joined"})");
    if (topic == "room:closed")
      return reply(ref, ref, topic, "error");
    if (topic == "room:broken")
      return reply(ref, ref, topic, "error", R"({"reason":"join crashed"})");
    reply(ref, ref, topic, "ok");
    if (here != joined.end()) {
      bye(here->second, topic);
      expected.push_back(text(here->second, here->second, topic, "phx_close"));
    }
    joined[topic] = ref;
  }

  const size_t max_channels_;
  const bool repairs_; ///< whether a channel that crashes restarts in place
  unsigned refs_ = 0;
};

std::map<std::string, std::string> joins_of(const test_client& client) {
  std::map<std::string, std::string> result;
  for (auto& x : case_parts::connection_of(client).joins())
    result[x->topic()] = json::parse(x->join_ref()).get<std::string>();
  return result;
}

/// What the client has received, as frames.
texts frames_of(const test_client& client) {
  texts result;
  for (const auto& x : client.take_received())
    result.push_back(json{x["join_ref"], x["ref"], x["topic"], x["event"], x["payload"]}.dump());
  return result;
}

/// The refs of joins and heartbeats in the order of their answers.
texts answers_of_the_connection(const texts& heard, const texts& sent) {
  std::set<std::string> of_interest;
  for (auto& x : sent)
    if (const auto message = json::parse(x); message[3] == "phx_join" || message[3] == "heartbeat")
      of_interest.insert(message[1].get<std::string>());
  texts result;
  for (auto& x : heard)
    if (const auto message = json::parse(x); message[3] == "phx_reply" && of_interest.contains(message[1]))
      result.push_back(message[1]);
  return result;
}

} // namespace

TEST_CASE("client: for any messages, one after another, it receives what the rules of Phoenix say") {
  CHECK(rc::check([](bool repairs) {
    channel_case test{serving_polite(2, repairs)};
    const auto client = test.connect();
    client_rules model{2, repairs};
    for (auto x : *client_steps()) {
      client.send_frame(model.next(x));
      RC_ASSERT(frames_of(client) == std::exchange(model.expected, {}));
    }
    RC_ASSERT(joins_of(client) == model.joined);
    RC_ASSERT(running_channels(test, "polite_channel") == model.joined.size());
  }));
}

TEST_CASE(
  "client: for any messages in one piece, each is answered as often as the rules say, and each join ends once") {
  CHECK(rc::check([](bool repairs) {
    channel_case test{serving_polite(100, repairs)};
    const auto client = test.connect();
    client_rules model{100, repairs};
    texts sent;
    for (auto x : *client_steps())
      sent.push_back(model.next(x));
    test.at_once([&] {
      for (const auto& x : sent)
        client.send_frame(x);
    });
    const auto heard = frames_of(client);
    RC_ASSERT(answers_of_the_connection(heard, sent) == answers_of_the_connection(model.expected, sent));
    // Which messages were answered, and which joins ended. An event that is followed by a join of its topic may stay
    // unanswered.
    std::multiset<std::string> answered, may_be_answered, ended, should_end;
    auto sort = [](const texts& from, auto& replies, auto& ends) {
      for (auto& x : from) {
        const auto message = json::parse(x);
        if (message[3] == "phx_reply")
          replies.insert(message[1].get<std::string>());
        else if (message[3] != "bye")
          ends.insert(message[0].get<std::string>());
      }
    };
    sort(heard, answered, ended);
    sort(model.expected, may_be_answered, should_end);
    RC_ASSERT(ended == should_end);
    RC_ASSERT(std::includes(may_be_answered.begin(), may_be_answered.end(), answered.begin(), answered.end()));
    for (auto& x : sent) {
      const auto message = json::parse(x);
      const auto ref = message[1].get<std::string>();
      const bool of_a_join = message[0] != "none" && message[0] != "stale" && message[0] != nullptr;
      if (message[3] == "phx_join" || message[3] == "heartbeat" || (message[3] == "phx_leave" && of_a_join))
        RC_ASSERT(answered.count(ref) == may_be_answered.count(ref));
    }
    RC_ASSERT(joins_of(client) == model.joined);
    RC_ASSERT(running_channels(test, "polite_channel") == model.joined.size());
  }));
}
