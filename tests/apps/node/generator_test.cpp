#include "apps/node/generator.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

#include <doctest/doctest.h>

using namespace bennu::node_program;

namespace {

std::string text_of(const generated& from, const std::string& path) {
  const auto found =
    std::find_if(from.files.begin(), from.files.end(), [&](const new_file& x) { return x.path == path; });
  REQUIRE_MESSAGE(found != from.files.end(), path);
  return found->text;
}

} // namespace

TEST_CASE("bennu-node generator: a word is replaced where it is a whole word, also between underscores") {
  CHECK(with_word("shop, shop_tests, /shop/, SHOP_PAGE, workshop, shops, Shop", "shop", "web_bar")
        == "web_bar, web_bar_tests, /web_bar/, WEB_BAR_PAGE, workshop, shops, Shop");
  CHECK(with_word("", "shop", "x").empty());
}

TEST_CASE("bennu-node generator: a project has everything that it needs to build, run and be deployed") {
  const auto app = new_app("web_bar");
  CHECK(text_of(app, "CMakeLists.txt").find("project(web_bar ") != std::string::npos);
  CHECK(text_of(app, "src/main.cpp").find("WEB_BAR_PAGE") != std::string::npos);
  for (const auto* path : {".dockerignore", ".gitignore", "Containerfile", "README.md", "page/app.js",
                           "page/index.html", "src/room_channel.cpp", "src/room_channel.hpp", "src/user_socket.hpp",
                           "tests/main.cpp", "tests/room_channel_test.cpp", "web_bar.conf", "web_bar.service"})
    CHECK_FALSE(text_of(app, path).empty());
  for (const auto& x : app.files)
    CHECK_MESSAGE((x.text.find("shop") == std::string::npos || x.path.starts_with("page/vendor/")), x.path);
}

TEST_CASE("bennu-node generator: a container takes no folder, user or program for the name of the application") {
  const auto text = text_of(new_app("mail"), "Containerfile");
  for (size_t at = text.find("mail", text.find("FROM ")); at != text.npos; at = text.find("mail", at + 1)) {
    const auto before = text.substr(0, at);
    CHECK_MESSAGE((before.ends_with("/app/bin/") || before.ends_with("/app/share/")), text.substr(at, 40));
  }
}

TEST_CASE("bennu-node generator: the main function of a project is shorter than 30 lines") {
  const auto text = text_of(new_app("shop"), "src/main.cpp");
  CHECK(std::count(text.begin(), text.end(), '\n') < 30);
}

TEST_CASE("bennu-node generator: a project without the official client says how to get it") {
  const auto app = new_app("shop");
  const bool has_client = std::any_of(app.files.begin(), app.files.end(),
                                      [](const new_file& x) { return x.path == "page/vendor/phoenix.mjs"; });
  CHECK(has_client == (app.next.find("npm pack phoenix@") == std::string::npos));
}

TEST_CASE("bennu-node generator: a part has its name in its files, its texts and the next steps") {
  const auto channel = new_channel("chat_order");
  CHECK(channel.files.size() == 3);
  CHECK(text_of(channel, "src/chat_order_channel.hpp").find("class chat_order_channel : public") != std::string::npos);
  CHECK(text_of(channel, "tests/chat_order_channel_test.cpp").find("room") == std::string::npos);
  CHECK(channel.next.find(R"(.channel<chat_order_channel>("chat_order:*"))") != std::string::npos);
  CHECK(text_of(new_presence("user"), "src/user_presence.cpp").find("guest") == std::string::npos);
  CHECK(text_of(new_socket("token"), "src/token_socket.cpp").find("admin") == std::string::npos);
}

TEST_CASE("bennu-node generator: two parts of different names have no file in common, and equal ones have all") {
  const auto a = new_channel("a"), b = new_channel("b");
  for (const auto& x : a.files)
    CHECK(std::none_of(b.files.begin(), b.files.end(), [&](const new_file& y) { return y.path == x.path; }));
  CHECK(a.files == new_channel("a").files);
}

TEST_CASE("bennu-node generator: it recognizes its own project, and no other one") {
  CHECK(project_of(text_of(new_app("web_bar"), "CMakeLists.txt")) == "web_bar");
  for (const auto* text :
       {"", "project(x LANGUAGES CXX)", "find_package(bennu)", "project(Other CXX)\nfind_package(bennu)"})
    CHECK_THROWS_AS(project_of(text), std::invalid_argument);
}
