#pragma once

#include <span>
#include <string_view>

#include <bennu/transport/http.hpp>

namespace bennu {
class server;
} // namespace bennu

namespace bennu::engine {

/// A file of the observer's page, which the build has put into the library.
struct page_file {
  std::string_view name; ///< below `page/`, such as `index.html`
  const char* begin;
  const char* end;

  std::string_view bytes() const noexcept { return {begin, static_cast<size_t>(end - begin)}; }
};

/// All of them. Made by the build from `transport/observer/page/`.
std::span<const page_file> page_files() noexcept;

/// The answer to a request for a file: 200, or 304 when the client has it. Everything that the page loads is its own.
http_response page_response(const page_file& file, const http_request& request);

/// Serves the page under `/observer/`. @throws std::logic_error when a path is taken.
void add_page(server& web);

} // namespace bennu::engine
