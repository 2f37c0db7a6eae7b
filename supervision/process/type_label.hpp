#pragma once

#include <string>
#include <typeinfo>

namespace bennu::engine {

/// A readable name of a class, without its namespaces: `room_channel`.
std::string type_label(const std::type_info& type);

/// The whole name: `shop::room_channel`.
std::string type_name(const std::type_info& type);

} // namespace bennu::engine
