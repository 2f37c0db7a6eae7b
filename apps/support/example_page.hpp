#pragma once

#include <string>

#include <bennu/transport/http.hpp>
#include <bennu/transport/static_files.hpp>

/// Serves the files of a page, and under /vendor the official client; for `application::fallback`.
inline bennu::http_handler example_page(const std::string& page, const std::string& client) {
  return [files = bennu::static_files{{.root = page}},
          vendor = bennu::static_files{{.root = client, .prefix = "/vendor"}}](const bennu::http_request& request,
                                                                               const bennu::http_reply& reply) {
    reply(vendor.covers(request.path) ? vendor.serve(request) : files.serve(request));
  };
}
