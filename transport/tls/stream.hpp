#pragma once

#include <memory>

#include "transport/io/stream.hpp"

struct ssl_ctx_st;

namespace bennu::engine {

/// The server's side of TLS over the connected socket `fd`, which it owns.
std::unique_ptr<stream> make_tls_stream(ssl_ctx_st& context, int fd);

} // namespace bennu::engine
