#include "apps/chat/http_api.hpp"

#include "apps/chat/name_rules.hpp"
#include "apps/chat/wire_format.hpp"

namespace chat {

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
          {"Content-Security-Policy", "default-src 'none'"}},
         avatar_svg(name)});
}

} // namespace chat
