#include <bennu/actors/presence_handler.hpp>

namespace bennu {

json presence_handler::fetch(const std::string&, json presences) {
  return presences;
}

void presence_handler::handle_metas(const std::string&, const json&, const json&) {}

} // namespace bennu
