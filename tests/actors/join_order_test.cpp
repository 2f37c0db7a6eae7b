#include <algorithm>
#include <string>

#include <doctest/doctest.h>

#include "tests/actors/polite_channel.hpp"

using namespace bennu;
using bennu::test::client_case;
using bennu::test::serving_polite;
using texts = std::vector<std::string>;

namespace {

std::string join_of(std::string_view ref, std::string_view topic) {
  const std::string quoted = "\"" + std::string{ref} + "\"";
  return "[" + quoted + "," + quoted + ",\"room:" + std::string{topic} + R"(","phx_join",{}])";
}

std::string reply_to(std::string_view ref, std::string_view topic, std::string_view status,
                     std::string_view response = "{}") {
  const std::string quoted = "\"" + std::string{ref} + "\"";
  return "[" + quoted + "," + quoted + ",\"room:" + std::string{topic} + R"(","phx_reply",{"response":)"
         + std::string{response} + R"(,"status":")" + std::string{status} + "\"}]";
}

const std::string too_many = R"({"reason":"too many channels joined"})";

} // namespace

TEST_CASE("joins that arrive together: a refused or crashed join leaves its place to the next one") {
  client_case test{serving_polite(1)};
  test.send_at_once({join_of("1", "closed"), join_of("2", "broken"), join_of("3", "a"), join_of("4", "b")});
  CHECK(test.seen()
        == texts{reply_to("1", "closed", "error"), reply_to("2", "broken", "error", R"({"reason":"join crashed"})"),
                 reply_to("3", "a", "ok"), reply_to("4", "b", "error", too_many)});
}

TEST_CASE("joins that arrive together: messages behind a waiting join wait too and keep their order") {
  client_case test{serving_polite(1)};
  test.send_at_once({join_of("1", "a"), join_of("2", "b"), R"([null,"3","phoenix","heartbeat",{}])",
                     R"(["1","4","room:a","echo",{}])"});
  CHECK(test.seen()
        == texts{reply_to("1", "a", "ok"), reply_to("2", "b", "error", too_many),
                 R"([null,"3","phoenix","phx_reply",{"response":{},"status":"ok"}])",
                 R"(["1","4","room:a","phx_reply",{"response":{},"status":"ok"}])"});
}

TEST_CASE("joins that arrive together: two joins of one topic are both answered, and the first one is closed") {
  client_case test{serving_polite(100)};
  test.send_at_once({join_of("1", "a"), join_of("2", "a")});
  CHECK(test.seen()
        == texts{reply_to("1", "a", "ok"), reply_to("2", "a", "ok"), R"(["1",null,"room:a","bye",{}])",
                 R"(["1","1","room:a","phx_close",{}])"});
}

TEST_CASE("duplicate join: pushes of the earlier channel follow the new ok, and its phx_close comes last") {
  client_case test{serving_polite(100)};
  test.send(join_of("1", "a"));
  test.seen();
  test.send(join_of("2", "a"));
  CHECK(test.seen()
        == texts{reply_to("2", "a", "ok"), R"(["1",null,"room:a","bye",{}])", R"(["1","1","room:a","phx_close",{}])"});
}

TEST_CASE(
  "duplicate join: when the earlier channel crashes at the same moment, temporary or transient, it is closed once") {
  for (const bool repairs : {false, true}) {
    client_case test{serving_polite(100, repairs)};
    test.send(join_of("1", "a"));
    test.seen();
    test.send_at_once({R"(["1","2","room:a","crash",{}])", join_of("3", "a"), R"(["3","4","room:a","echo",{}])"});
    const auto seen = test.seen();
    CHECK(seen.back() == R"(["3","4","room:a","phx_reply",{"response":{},"status":"ok"}])");
    CHECK(std::count_if(seen.begin(), seen.end(),
                        [](const std::string& x) {
                          return x.find("phx_close") != std::string::npos || x.find("phx_error") != std::string::npos;
                        })
          == 1);
    CHECK(test.channel_counts().active == 1);
  }
}

TEST_CASE("join: without a pool of channels it is refused, and the connection continues") {
  client_case test{serving_polite(1)};
  const auto pool = test.unit().channels.get();
  test.unit().channels.set(nullptr);
  test.send_at_once({join_of("1", "a"), join_of("2", "b")});
  const std::string crashed = R"({"reason":"join crashed"})";
  CHECK(test.seen() == texts{reply_to("1", "a", "error", crashed), reply_to("2", "b", "error", crashed)});
  test.unit().channels.set(pool);
  test.send(join_of("3", "a"));
  CHECK(test.seen() == texts{reply_to("3", "a", "ok")});
}
