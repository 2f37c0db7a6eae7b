#pragma once

#include <string>

#include "apps/chat/http_api.hpp"
#include <bennu/transport/http.hpp>

namespace chat {

/// Serves what no route takes: avatars, the official client under `/vendor/phoenix.mjs`, and the files of the page, all under a
/// Content-Security-Policy that lets nothing run but the page's own modules.
/// @throws std::invalid_argument when `folder` is not there.
bennu::http_handler web_page(const std::string& folder, http_api api);

} // namespace chat
