#include <stdexcept>
#include <string>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/actors/answers.hpp"
#include <bennu/actors/channel.hpp>
#include <bennu/testing/channel_case.hpp>

using namespace bennu;

namespace {

struct named_socket : test::open_socket {
  std::string name = "ann";
};
struct member_socket : named_socket {
  std::string club = "chess";
};
struct guest_socket : named_socket {};

template <class Socket>
reply answer_of(const channel& self, std::string Socket::*field) {
  try {
    return reply::ok({{"is", self.socket_as<Socket>().*field}});
  } catch (const std::logic_error& x) {
    return reply::error({{"why", x.what()}});
  }
}

class curious : public bennu::channel {
public:
  using channel::channel;
  join_result join(const json&) override { return accept{}; }

  const event_table& handle_in() const override {
    static const events<curious> table = {
      {"club", [](curious& self, const json&) { return answer_of(self, &member_socket::club); }},
      {"name", [](curious& self, const json&) { return answer_of<named_socket>(self, &named_socket::name); }},
      {"guest", [](curious& self, const json&) { return answer_of<guest_socket>(self, &guest_socket::name); }},
    };
    return table;
  }
};

} // namespace

TEST_CASE("socket_as: gives the socket as its class or a base of it, and says what to do about any other class") {
  channel_case test{endpoint{"/socket"}.serve<member_socket>().channel<curious>("room:*")};
  const auto room = test.connect().join("room:a");
  room.expect_reply(room.push("club"), "ok", exactly({{"is", "chess"}}));
  room.expect_reply(room.push("name"), "ok", exactly({{"is", "ann"}}));
  const auto why = room.expect_reply(room.push("guest"), "error").at("why").get<std::string>();
  CHECK(why.find("socket_as<guest_socket>: the socket of this connection is a member_socket: ask for member_socket, or "
                 "let the endpoint serve<guest_socket>()")
        != std::string::npos);
}
