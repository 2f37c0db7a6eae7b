#include <stdexcept>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/actors/client_case.hpp"
#include <bennu/actors/channel.hpp>

using namespace bennu;
using bennu::test::client_case;
using texts = std::vector<std::string>;

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
  client_case test{endpoint{"/socket"}.serve<member_socket>().channel<curious>("room:*")};
  test.send(R"(["1","1","room:a","phx_join",{}])");
  test.seen();
  test.send(R"(["1","2","room:a","club",{}])");
  CHECK(test.seen() == texts{R"(["1","2","room:a","phx_reply",{"response":{"is":"chess"},"status":"ok"}])"});
  test.send(R"(["1","3","room:a","name",{}])");
  CHECK(test.seen() == texts{R"(["1","3","room:a","phx_reply",{"response":{"is":"ann"},"status":"ok"}])"});
  test.send(R"(["1","4","room:a","guest",{}])");
  const auto seen = test.seen();
  REQUIRE(seen.size() == 1);
  CHECK(seen[0].find("socket_as<guest_socket>: the socket of this connection is a member_socket: ask for "
                     "member_socket, or let the endpoint serve<guest_socket>()")
        != std::string::npos);
}
