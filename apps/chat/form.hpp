#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include <bennu/transport/http.hpp>

namespace chat {

using json = nlohmann::json;

/// Reads a JSON request body field by field. It collects all complaints, so that the client receives them at once.
class form {
public:
  /// Returns nothing when the body is not one JSON object; then `problem` says why, and the answer is 400.
  static std::optional<form> parse(std::string_view body, std::string& problem);

  /// A required text. When it is missing or has another type, adds a complaint and returns "".
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
