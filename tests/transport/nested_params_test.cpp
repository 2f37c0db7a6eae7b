#include <bennu/transport/http.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>
#include <rapidcheck.h>

using bennu::json;
using bennu::nested_params;

TEST_CASE("nested_params: brackets nest objects and lists as in Phoenix") {
  CHECK(nested_params("a[b][0]=1&c=2") == json{{"a", {{"b", {{"0", "1"}}}}}, {"c", "2"}});
  CHECK(nested_params("a[]=1&a[]=2&a[]=") == json{{"a", {"1", "2", ""}}});
  CHECK(nested_params("a[b][]=1&a[b][]=2&a[c]=3") == json{{"a", {{"b", {"1", "2"}}, {"c", "3"}}}});
  CHECK(nested_params("a%5Bb%5D=%C3%A9+x") == json{{"a", {{"b", "é x"}}}});
}

TEST_CASE("nested_params: of two params that contradict each other the later one counts") {
  CHECK(nested_params("a=1&a[b]=2") == json{{"a", {{"b", "2"}}}});
  CHECK(nested_params("a[b]=2&a=1") == json{{"a", "1"}});
  CHECK(nested_params("a=1&a=2") == json{{"a", "2"}});
}

TEST_CASE("nested_params: a name whose brackets do not close is an ordinary name") {
  CHECK(nested_params("a[b=1") == json{{"a[b", "1"}});
  CHECK(nested_params("[a]=1") == json{{"[a]", "1"}});
  CHECK(nested_params("a]=1") == json{{"a]", "1"}});
}

TEST_CASE("nested_params: a whole target may be given; only its query is read") {
  CHECK(nested_params("/socket/websocket?vsn=2.0.0&user[id]=7") == json{{"vsn", "2.0.0"}, {"user", {{"id", "7"}}}});
  CHECK(nested_params("/socket/websocket") == json::object());
  CHECK(nested_params("") == json::object());
  CHECK(nested_params("%zz") == json::object());
}

TEST_CASE("nested_params: neither deep nesting nor nonsense does harm") {
  std::string deep = "a";
  for (int i = 0; i < 5'000; ++i)
    deep += "[x]";
  CHECK(nested_params(deep + "=1").dump().size() < 1'000);
  rc::check([](const std::string& query) { (void)nested_params(query).dump(); });
}
