#include <doctest/doctest.h>

#include <string>

#include "transport/longpoll/relay.hpp"

using namespace bennu;
using namespace bennu::engine;

TEST_CASE("longpoll relay: a request and its answer are decoded as they were encoded") {
  const std::string body("[1]\n\0\xff", 6);
  const relayed_request question{.posts = true, .token = "abc", .content_type = "application/x-ndjson", .body = body};
  const relayed_answer answer{.status = 200, .body = body};
  const auto question_bytes = encode(question);
  const auto answer_bytes = encode(answer);
  CHECK(parse_relayed_request(question_bytes) == question);
  CHECK(parse_relayed_answer(answer_bytes) == answer);
  CHECK(parse_relayed_answer(encode(relayed_answer{.gone = true}))->gone);
}

TEST_CASE("longpoll relay: truncated bytes, and a status that HTTP does not have, are refused") {
  auto question = encode(relayed_request{.token = "abc", .body = "x"});
  question.pop_back();
  CHECK_FALSE(parse_relayed_request(question));
  CHECK_FALSE(parse_relayed_request(""));
  CHECK_FALSE(parse_relayed_answer(""));
  CHECK_FALSE(parse_relayed_answer(encode(relayed_answer{.status = 1000})));
}
