#include "transport/observer/page_files.hpp"

#include <array>
#include <cstdint>
#include <cstdio>
#include <string>
#include <utility>

#include "supervision/process/numbers.hpp"
#include <bennu/transport/server.hpp>
#include <bennu/transport/static_files.hpp>

namespace bennu::engine {

namespace {

constexpr std::string_view policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
  "manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

std::string etag_of(const page_file& x) {
  std::array<char, 24> text{};
  std::snprintf(text.data(), text.size(), "\"%016llx\"", static_cast<unsigned long long>(fnv1a(x.bytes())));
  return text.data();
}

} // namespace

http_response page_response(const page_file& file, const http_request& request) {
  const auto etag = etag_of(file);
  http_response result{200, {}, {}};
  result.headers = {{"Content-Security-Policy", std::string{policy}},
                    {"X-Content-Type-Options", "nosniff"},
                    {"X-Frame-Options", "DENY"},
                    {"Referrer-Policy", "no-referrer"},
                    {"Cross-Origin-Opener-Policy", "same-origin"},
                    {"Cross-Origin-Resource-Policy", "same-origin"},
                    {"Cache-Control", "no-cache"},
                    {"ETag", etag}};
  if (request.header("If-None-Match").find(etag) != std::string_view::npos) {
    result.status = 304;
    return result;
  }
  result.headers.emplace_back("Content-Type", std::string{mime_type(file.name)});
  result.body = std::string{file.bytes()};
  return result;
}

namespace {

// The route of `/observer/` is that of `/observer`, too, from where the page would not find its scripts.
http_response front(const page_file& page, const http_request& request) {
  if (request.path.ends_with('/'))
    return page_response(page, request);
  auto result = http_response::text(301, "Moved Permanently\n");
  result.headers.emplace_back("Location", "./observer/");
  return result;
}

} // namespace

void add_page(server& web) {
  const auto serve = [&web](const std::string& path, const page_file& file) {
    web.add("GET", path,
            [&file](const http_request& request, const http_reply& reply) { reply(page_response(file, request)); },
            {.answers_when_full = true});
  };
  for (const auto& file : page_files()) {
    serve("/observer/" + std::string{file.name}, file);
    if (file.name == "index.html")
      web.add("GET", "/observer/", [&file](const http_request& x, const http_reply& reply) { reply(front(file, x)); },
              {.answers_when_full = true});
  }
}

} // namespace bennu::engine
