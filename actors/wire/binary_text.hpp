#pragma once

#include <string>
#include <string_view>

namespace bennu::engine {

/// A binary payload as JSON, for connections that carry only text (long polling, serializer v1): `{"base64":"…"}`
/// (RFC 4648 §4).
std::string text_of_bytes(std::string_view bytes);

} // namespace bennu::engine
