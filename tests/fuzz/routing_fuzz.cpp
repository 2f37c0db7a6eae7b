// http_reader, http_service and client_admission. Each request is answered once, by the handler that its path names:
// the path of a socket by that socket, a route by its method, a file by its folder. No header of an answer contains a
// line break.

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "actors/client/session.hpp"
#include "tests/fuzz/require.hpp"
#include "transport/admission/client_admission.hpp"
#include "transport/http/reader.hpp"
#include "transport/http/service.hpp"
#include "transport/http/uri.hpp"
#include "transport/http/writer.hpp"
#include "transport/websocket/upgrade.hpp"
#include <bennu/transport/static_files.hpp>

using namespace bennu;
using namespace bennu::engine;
using bennu::test::require;
namespace fs = std::filesystem;

namespace {

// Accepts clients whose parameters contain `user`. A refusal repeats a header of the client, as an application might
// do.
struct picky_socket : bennu::socket {
  connect_result connect(const connect_info& info) override {
    require(info.uri.starts_with('/') || info.uri.find("://") != std::string::npos || info.uri == "*");
    if (!info.param("user").empty())
      return connected{};
    return connect_refused{info.param("busy").empty() ? 403U : 429U, std::string{info.user_agent()}};
  }
};

fs::path make_site() {
  auto name = (fs::temp_directory_path() / "bennu-fuzz-XXXXXX").string();
  const fs::path top = ::mkdtemp(name.data());
  fs::create_directory(top / "site");
  std::ofstream{top / "secret"} << "secret";
  std::ofstream{top / "site/index.html"} << "open";
  return top;
}

struct server {
  fs::path top = make_site();
  http_service service{server_options{.trusted = {"10.0.0.0/8"}}};
  client_admission admission;

  server() {
    socket_options any;
    admission.add(std::move(endpoint{"/socket"}.serve<picky_socket>(any)));
    socket_options strict;
    strict.allowed_origins = {"example.com"};
    strict.compression = true;
    admission.add(std::move(endpoint{"/strict"}.serve<picky_socket>(strict)));
    service.add("GET", "/health", [](http_request, const http_reply& reply) { reply(http_response::text(200, "ok")); });
    service.add("POST", "/api",
                [](const http_request& in, const http_reply& reply) { reply(http_response::json(201, in.body)); });
    auto files = std::make_shared<static_files>(static_files_options{.root = top / "site"});
    service.add_fallback([files](const http_request& in, const http_reply& reply) { reply(files->serve(in)); });
  }
  ~server() { fs::remove_all(top); }
};

void check(const http_response& answer) {
  require(answer.status == 101 || (answer.status >= 200 && answer.status < 600));
  for (auto& [name, value] : answer.headers)
    require(!name.empty() && (name + value).find_first_of("\r\n") == std::string::npos);
  const auto head = http_head(answer, answer.body.size(), true);
  require(head.starts_with("HTTP/1.1 ") && head.ends_with("\r\n\r\n"));
}

// Checks the answers on the paths of a socket: an accepted client has the parameter `user` and an allowed origin.
void check_socket(const client_admission& by, const endpoint& via, const http_request& request, bool websocket) {
  const bool strict = via.path() == "/strict";
  const auto origin = request.find("Origin");
  auto may_enter = [&] {
    require(request.query.find("user") != std::string::npos || request.query.find('%') != std::string::npos);
    require(!strict || !origin || origin->find("//") != std::string_view::npos);
    require(parse_query(request.query).has_value());
  };
  if (!websocket) {
    const auto result = by.admit(via, request, transport_kind::longpoll);
    if (const auto* refused = std::get_if<http_response>(&result))
      return require(refused->status == 403 || refused->status == 429
                     || (refused->status == 400 && !parse_query(request.query)));
    return may_enter();
  }
  auto result = let_in(by, via, request);
  if (const auto* refused = std::get_if<http_response>(&result)) {
    require(refused->status == 400 || refused->status == 403 || refused->status == 426 || refused->status == 429);
    return check(*refused);
  }
  may_enter();
  auto& entered = std::get<websocket_client>(result);
  require(request.method == "GET" && entered.accepted.user && entered.accepted.format
          && (strict || entered.window_bits == 0));
  check({101, entered.headers, {}});
}

void check_request(const server& here, http_request request) {
  const auto& service = here.service;
  require(request.path.starts_with('/') && request.path.find('\0') == std::string::npos);
  service.proxies.resolve(request);
  if (const auto* via = here.admission.websocket_at(request.path))
    return check_socket(here.admission, *via, request, true);
  if (const auto* via = here.admission.longpoll_at(request.path))
    return check_socket(here.admission, *via, request, false);
  unsigned answers = 0;
  const auto path = request.path;
  const auto method = request.method;
  const auto body = request.body;
  service.serve(std::move(request), [&](const http_response& answer) {
    ++answers;
    check(answer);
    if (path == "/health")
      require(answer.status == (method == "GET" || method == "HEAD" ? 200U : 405U));
    else if (path == "/api")
      require(method == "POST" ? answer.status == 201 && answer.body == body : answer.status == 405);
    else
      require(answer.body.find("secret") == std::string::npos);
  });
  require(answers == 1);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, size_t size) {
  static const server here;
  http_reader reader{4096, 4096};
  reader.feed({reinterpret_cast<const char*>(data), size});
  for (;;) {
    auto next = reader.next();
    if (auto* request = std::get_if<http_request>(&next)) {
      request->peer_address = "10.0.0.1";
      check_request(here, std::move(*request));
      continue;
    }
    if (const auto* bad = std::get_if<bad_request>(&next))
      check(http_response::text(bad->status, bad->text));
    return 0;
  }
}
