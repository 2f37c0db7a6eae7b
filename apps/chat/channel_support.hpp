#pragma once

#include <string>

#include <nlohmann/json.hpp>

namespace chat {

using json = nlohmann::json;

/// `{"reason": text}`: why a join or an event was refused.
inline json reason(const char* text) {
  return {{"reason", text}};
}

/// `{"errors": {field: [text]}}`: what is wrong with a field.
inline json field_errors(const char* field, const char* text) {
  return {{"errors", {{field, {text}}}}};
}

} // namespace chat
