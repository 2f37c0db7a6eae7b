#include "apps/node/generator.hpp"

#include <algorithm>
#include <cctype>
#include <regex>
#include <stdexcept>

namespace bennu::node_program {

namespace {

std::string in_capitals(std::string_view x) {
  std::string result{x};
  std::transform(x.begin(), x.end(), result.begin(), [](unsigned char c) { return std::toupper(c); });
  return result;
}

bool is_letter(char x) {
  return std::isalpha(static_cast<unsigned char>(x)) != 0;
}

// The files of one folder of templates. In their paths and texts the word `from` becomes `to`.
std::vector<new_file> files_of(std::string_view folder, std::string_view from, std::string_view to) {
  std::vector<new_file> result;
  for (const auto& x : templates())
    if (x.path.starts_with(folder) && x.path.substr(folder.size()).starts_with('/'))
      result.push_back({with_word(x.path.substr(folder.size() + 1), from, to), with_word(x.text, from, to)});
  return result;
}

std::string_view client_file(std::string_view name) {
  for (const auto& x : templates())
    if (x.path == name)
      return x.text;
  return {};
}

// The template has one word of its own; the text after it says what to do with the part.
generated part(std::string_view folder, std::string_view word, const std::string& name, std::string_view next) {
  return {files_of(folder, word, name), with_word(next, word, name)};
}

} // namespace

std::string with_word(std::string_view text, std::string_view from, std::string_view to) {
  const auto loud = in_capitals(from);
  std::string result;
  for (size_t i = 0; i < text.size();) {
    const auto begin = text.begin() + static_cast<std::ptrdiff_t>(i);
    const auto end = is_letter(*begin) ? std::find_if_not(begin, text.end(), is_letter) : begin + 1;
    const std::string_view word{begin, end};
    if (word == from)
      result += to;
    else if (word == loud)
      result += in_capitals(to);
    else
      result += word;
    i += word.size();
  }
  return result;
}

generated new_app(const std::string& name) {
  generated result{files_of("app", "shop", name), {}};
  for (auto& x : new_channel("room").files)
    result.files.push_back(std::move(x));
  result.next = "cd " + name + "\n";
  const auto client = client_file("client/phoenix.mjs");
  if (!client.empty()) {
    result.files.push_back({"page/vendor/phoenix.mjs", std::string{client}});
    result.files.push_back({"page/vendor/phoenix.LICENSE.md", std::string{client_file("client/LICENSE.md")}});
  } else {
    result.next += "npm pack phoenix@" BENNU_PHOENIX " && mkdir page/vendor && tar -xzf phoenix-" BENNU_PHOENIX
                   ".tgz -C page/vendor --strip-components=3 package/priv/static/phoenix.mjs"
                   "    # the official client for the page: this bennu-node was built without it\n";
  }
  std::sort(result.files.begin(), result.files.end(), [](auto& a, auto& b) { return a.path < b.path; });
  result.next += "cmake -B build\ncmake --build build\nctest --test-dir build --output-on-failure\nbuild/" + name
                 + "    # then open http://127.0.0.1:4000 in two windows\n";
  return result;
}

generated new_channel(const std::string& name) {
  return part("channel", "room", name, R"(In src/main.cpp, let clients join it:
  #include "room_channel.hpp"
  … bennu::endpoint{"/socket"}.serve<user_socket>().channel<room_channel>("room:*") …
In the page:
  const channel = socket.channel("room:lobby", { user: "ann" });
Then build, and run the tests: cmake --build build && ctest --test-dir build
)");
}

generated new_presence(const std::string& name) {
  return part("presence", "guest", name, R"(In src/main.cpp, before app.run():
  #include <memory>
  #include <bennu/actors/node.hpp>
  #include "guest_presence.hpp"
  app.home().presences().handle_with(std::make_shared<guest_presence>());
In the channel whose members are to be seen, after the join (a message to self() in join, its handler in handle_info):
  presence().track(user_, {{"status", "online"}});
  push("presence_state", presence().list());
In the page:
  import { Presence } from "./vendor/phoenix.mjs";
  const presence = new Presence(channel);
  presence.onSync(() => presence.list((key, { guest }) => guest.name));
Then build, and run the tests: cmake --build build && ctest --test-dir build
)");
}

generated new_socket(const std::string& name) {
  return part("socket", "admin", name, R"(In src/main.cpp, serve it, with the channels that its clients may join:
  #include "admin_socket.hpp"
  const auto keys = std::make_shared<const bennu::token_keys>(std::vector{app.secret()});
  app.serve(bennu::endpoint{"/admin"}.serve<admin_socket>({}, keys).channel<room_channel>("room:*"));
Where a user signs in, give the page a token: admin_socket::token_for(*keys, user_id)
In the page:
  const socket = new Socket("/admin", { authToken: token });
Then build, and run the tests: cmake --build build && ctest --test-dir build
)");
}

std::string project_of(std::string_view cmake_lists) {
  std::cmatch name;
  const auto* end = cmake_lists.data() + cmake_lists.size();
  if (!std::regex_search(cmake_lists.data(), end, name, std::regex{R"(project\(([a-z][a-z0-9_]*) LANGUAGES)"})
      || cmake_lists.find("find_package(bennu") == cmake_lists.npos)
    throw std::invalid_argument("its CMakeLists.txt is not one that `bennu-node new app` writes");
  return name[1];
}

} // namespace bennu::node_program
