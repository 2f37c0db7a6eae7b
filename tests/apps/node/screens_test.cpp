#include "apps/node/screens.hpp"

#include <doctest/doctest.h>

using namespace bennu::node_program;
using nlohmann::json;

TEST_CASE("screens: texts of clients cannot control the terminal, and are cut") {
  CHECK(printable_text("a\x1b[2Jb\n\x7F") == "a\\x1b[2Jb\\n\\x7f");
  CHECK(printable_text("\xC2\x9B"
                       "31m")
        == "\\xc2\\x9b31m");
  CHECK(printable_text("\xE2\x80\xAE"
                       "evil \xFF")
        == "\\xe2\\x80\\xaeevil \\xff");
  CHECK(printable_text("\xC3\xA4\xC3\xA4\xC3\xA4", 2) == "\xC3\xA4\xC3\xA4\xE2\x80\xA6");
}

TEST_CASE("screens: columns are aligned, also with texts that are not ASCII") {
  CHECK(table({{"A", "B"}, {"\xC3\xA4\xC3\xB6", "x"}, {"a", ""}}) == "A   B\n\xC3\xA4\xC3\xB6  x\na\n");
}

TEST_CASE("screens: values of any shape are shown, however wrong they are") {
  const std::vector<json> odd = {nullptr,
                                 7,
                                 "text",
                                 json::array({1}),
                                 {{"rows", 7}},
                                 {{"limits", {1, "x", nullptr}}},
                                 {{"ends", {{"slow", "many"}}}},
                                 {{"channels", {{{"topic", 1}}}}},
                                 {{"age_ms", "x"}}};
  for (const auto& x : odd) {
    CHECK_FALSE(overview_screen(x, x).empty());
    CHECK_FALSE(connection_text(x).empty());
    CHECK_FALSE(ended_text(x).empty());
    CHECK_FALSE(topics_text(x).empty());
    CHECK_FALSE(event_line(x).empty());
    CHECK(tree_row(x, 1).size() == tree_headings().size());
  }
}

TEST_CASE("screens: an end tells its reason, and whose it was") {
  const json x{{"id", "7"},
               {"at_ms", 0},
               {"reason", "kicked"},
               {"text", "by an operator"},
               {"socket_id", "users:1"},
               {"peer", "10.0.0.1"},
               {"age_ms", 1500},
               {"in", 2},
               {"out", 3}};
  const auto text = ended_text(x);
  for (const auto* part :
       {"connection 7", "1970-01-01T00:00:00Z", "kicked: by an operator", "users:1", "10.0.0.1", "1 s"})
    CHECK(text.find(part) != text.npos);
}
