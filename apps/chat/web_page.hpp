#pragma once

#include <string>

#include "apps/chat/http_api.hpp"
#include <bennu/transport/http.hpp>

namespace chat {

/// Serves everything that has no route: avatars, the official client under `/vendor/phoenix.mjs`, and the files of
/// the page. Its Content-Security-Policy allows only the scripts of the page itself.
/// @throws std::invalid_argument when `folder` does not exist.
bennu::http_handler web_page(const std::string& folder, http_api api);

} // namespace chat
