#pragma once

#include <string>

#include "apps/support/app_options.hpp"
#include <bennu/transport/application.hpp>

namespace bennu {

/// What the common options of a program say of its node and server.
application_options application_of(const app_options& from, std::string node_name);

} // namespace bennu
