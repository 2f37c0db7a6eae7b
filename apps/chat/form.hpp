#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include <bennu/transport/http.hpp>

namespace chat {

using json = nlohmann::json;

/// A JSON request body, read field by field; complaints are collected, so that the client hears all of them at once.
class form {
public:
  /// Nothing when the body is not one JSON object: then `problem` says why, and the answer is 400.
  static std::optional<form> parse(std::string_view body, std::string& problem);

  /// A required text. A missing or wrong one is complained about and gives "".
  std::string text(const char* field);

  /// An optional flag.
  bool flag(const char* field, bool otherwise);

  /// An optional list of texts.
  std::vector<std::string> texts(const char* field);

  void complain(const char* field, std::string why) { errors_[field].push_back(std::move(why)); }

  /// Adds the complaint of a rule, if it has one.
  void check(const char* field, const std::optional<std::string>& complaint) {
    if (complaint && !errors_.contains(field))
      complain(field, *complaint);
  }

  bool good() const noexcept { return errors_.empty(); }

  /// 422 with `{"errors":{field:[text]}}`.
  bennu::http_response refusal() const { return bennu::http_response::json(422, json{{"errors", errors_}}.dump()); }

private:
  explicit form(json fields) : fields_(std::move(fields)) {}

  json fields_;
  json errors_ = json::object();
};

} // namespace chat
