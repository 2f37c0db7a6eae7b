#include "apps/chat/http_api.hpp"

#include <memory>

#include <nlohmann/json.hpp>

#include "apps/chat/text_rules.hpp"
#include "apps/chat/wire_format.hpp"
#include <bennu/transport/static_files.hpp>

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

using bennu::http_reply;
using bennu::http_request;
using bennu::http_response;

void http_api::avatar(const http_request& request, http_reply reply) const {
  constexpr std::string_view folder = "/avatars/", ending = ".svg";
  std::string_view name{request.path};
  if (name.size() < folder.size() + ending.size() || !name.starts_with(folder) || !name.ends_with(ending))
    return reply(http_response::text(404, "not found\n"));
  name = name.substr(folder.size(), name.size() - folder.size() - ending.size());
  if (complaint_about_name(name))
    return reply(http_response::text(404, "not found\n"));
  reply({200,
         {{"Content-Type", "image/svg+xml"},
          {"Cache-Control", "public, max-age=86400"},
          {"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"}},
         avatar_svg(name)});
}

// -- the page -------------------------------------------------------------------

namespace {

const std::vector<bennu::http_header>& safety() {
  static const std::vector<bennu::http_header> headers = {
    {"Content-Security-Policy",
     "default-src 'self'; base-uri 'none'; form-action 'self';"
     " frame-ancestors 'none'; object-src 'none'; require-trusted-types-for 'script'; trusted-types 'none'"},
    {"Referrer-Policy", "no-referrer"},
  };
  return headers;
}

constexpr const char* client_is_missing =
  "The page's Phoenix client is not installed: run `npm ci` in apps/chat/page, or start the chat with apps/run.\n";

} // namespace

bennu::http_handler web_page(const std::string& folder, http_api api) {
  auto page = std::make_shared<bennu::static_files>(bennu::static_files{{.root = folder, .headers = safety()}});
  return [page, api = std::move(api)](http_request request, http_reply reply) {
    if (request.path.starts_with("/avatars/"))
      return api.avatar(request, std::move(reply));
    if (request.path.starts_with("/node_modules/") || request.path.starts_with("/package"))
      return reply(http_response::text(404, "not found\n"));
    const bool client = request.path == "/vendor/phoenix.mjs";
    if (client)
      request.path = "/node_modules/phoenix/priv/static/phoenix.mjs";
    auto answer = page->serve(request);
    if (client && answer.status == 404)
      answer = http_response::text(404, client_is_missing);
    reply(std::move(answer));
  };
}

} // namespace chat
