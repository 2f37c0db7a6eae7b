#pragma once

#include <string>
#include <typeinfo>

#include <caf/fwd.hpp>

namespace bennu {

class process;

/// A readable name of a class, without its namespaces: `room_channel`.
std::string type_label(const std::type_info& type);

/// The types in a message, as a reader of a report wants them: `(join_msg, string)`.
std::string type_names(const caf::type_erased_tuple& message);

/// Emits `process.crashed`: `label`, `text`, `message` (the types of the message whose handler threw),
/// `trace` (empty unless a trace was kept); measurements `actor`, `depth`.
void report_crash(process& self, const std::string& text);

/// Emits `process.unexpected`: `label` and `message`; measurement `actor`.
void report_unexpected(process& self, const caf::type_erased_tuple& message);

} // namespace bennu
