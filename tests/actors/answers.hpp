#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include <bennu/actors/socket.hpp>
#include <bennu/supervision/tree.hpp>
#include <bennu/testing/channel_case.hpp>

/// What many tests of channels say.
namespace bennu::test {

/// Accepts every client.
class open_socket : public socket {
public:
  connect_result connect(const connect_info&) override { return connected{}; }
};

/// A payload with no members.
inline const pattern empty = exactly(json::object());

/// The response of an error: `{"reason": …}` and nothing else.
inline pattern because(const std::string& reason) {
  return exactly({{"reason", reason}});
}

/// The message that ends this join: `phx_close`, or `phx_error` with its reason.
inline pattern closed(const test_push& join) {
  return {{"topic", join.topic}, {"event", "phx_close"}, {"join_ref", join.ref}, {"ref", join.ref}, {"payload", empty}};
}
inline pattern given_up(const test_push& join) {
  return {{"topic", join.topic},
          {"event", "phx_error"},
          {"join_ref", join.ref},
          {"ref", join.ref},
          {"payload", because("channel_crash")}};
}

/// How many channels of this class run on the node.
inline size_t running_channels(const test_node& of, const std::string& name) {
  size_t result = 0;
  for_each_node(of.tree({.max_children = 10'000}),
                [&](const tree_node& x, size_t) { result += x.id == name && x.state == child_state::running; });
  return result;
}

} // namespace bennu::test
