#include "apps/chat/form.hpp"

namespace chat {

std::optional<form> form::parse(std::string_view body, std::string& problem) {
  auto fields = json::parse(body, nullptr, false);
  if (fields.is_discarded())
    problem = body.empty() ? "the body is empty; a JSON object is expected" : "the body is not valid JSON";
  else if (!fields.is_object())
    problem = "the body must be a JSON object";
  else
    return form{std::move(fields)};
  return std::nullopt;
}

std::string form::text(const char* field) {
  auto found = fields_.find(field);
  if (found == fields_.end() || found->is_null()) {
    complain(field, "can't be blank");
    return {};
  }
  if (!found->is_string()) {
    complain(field, "must be a string");
    return {};
  }
  return found->get<std::string>();
}

bool form::flag(const char* field, bool otherwise) {
  auto found = fields_.find(field);
  if (found == fields_.end() || found->is_null())
    return otherwise;
  if (found->is_boolean())
    return found->get<bool>();
  complain(field, "must be true or false");
  return otherwise;
}

std::vector<std::string> form::texts(const char* field) {
  auto found = fields_.find(field);
  if (found == fields_.end() || found->is_null())
    return {};
  std::vector<std::string> all;
  bool good = found->is_array();
  if (good)
    for (auto& x : *found) {
      good = good && x.is_string();
      if (good)
        all.push_back(x.get<std::string>());
    }
  if (!good)
    complain(field, "must be a list of strings");
  return all;
}

} // namespace chat
