#include "apps/chat/web_page.hpp"

#include <memory>

#include <bennu/transport/static_files.hpp>

namespace chat {

using bennu::http_response;
using bennu::static_files;

namespace {

const std::vector<bennu::http_header>& safety() {
  static const std::vector<bennu::http_header> headers = {
    {"Content-Security-Policy",
     "default-src 'self'; base-uri 'none'; form-action 'self';"
     " frame-ancestors 'none'; object-src 'none'; require-trusted-types-for 'script'; trusted-types 'none'"},
    {"Referrer-Policy", "no-referrer"},
  };
  return headers;
}

constexpr const char* client_is_missing =
  "The page's Phoenix client is not installed: run `npm ci` in apps/chat/page, or start the chat with apps/run.\n";

} // namespace

bennu::http_handler web_page(const std::string& folder, http_api api) {
  auto page = std::make_shared<static_files>(static_files{{.root = folder, .headers = safety()}});
  return [page, api = std::move(api)](bennu::http_request request, bennu::http_reply reply) {
    if (request.path.starts_with("/avatars/"))
      return api.avatar(request, std::move(reply));
    if (request.path.starts_with("/node_modules/") || request.path.starts_with("/package"))
      return reply(http_response::text(404, "not found\n"));
    const bool client = request.path == "/vendor/phoenix.mjs";
    if (client)
      request.path = "/node_modules/phoenix/priv/static/phoenix.mjs";
    auto answer = page->serve(request);
    if (client && answer.status == 404)
      answer = http_response::text(404, client_is_missing);
    reply(std::move(answer));
  };
}

} // namespace chat
