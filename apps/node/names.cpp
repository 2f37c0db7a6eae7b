#include "apps/node/names.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace bennu::node_program {

namespace {

// Names of files are longer by a suffix, and a file's name has at most 255 bytes.
constexpr size_t longest_name = 64;

bool is_small(char x) {
  return x >= 'a' && x <= 'z';
}

bool is_capital(char x) {
  return x >= 'A' && x <= 'Z';
}

bool is_digit(char x) {
  return x >= '0' && x <= '9';
}

// Small letters, digits and single underscores between them. C++ keeps names with two underscores for itself.
bool is_snake_case(std::string_view x) {
  return !x.empty() && x.size() <= longest_name && is_small(x.front()) && x.back() != '_' && x.find("__") == x.npos
         && std::all_of(x.begin(), x.end(), [](char c) { return is_small(c) || is_digit(c) || c == '_'; });
}

// `HTTPRoom2` becomes `http_room2`.
std::string snake_case(std::string_view x) {
  std::string result;
  for (size_t i = 0; i < x.size(); ++i) {
    const bool begins_word = is_capital(x[i]) && i > 0 && x[i - 1] != '_'
                             && (!is_capital(x[i - 1]) || (i + 1 < x.size() && is_small(x[i + 1])));
    if (begins_word)
      result += '_';
    result += is_capital(x[i]) ? static_cast<char>(x[i] - 'A' + 'a') : x[i];
  }
  return result;
}

} // namespace

std::string app_name(std::string_view name) {
  // Targets that CMake makes itself with its generators for Makefiles and Ninja, and the library with which the project
  // is linked.
  constexpr std::array taken{"all",
                             "bennu",
                             "clean",
                             "codegen",
                             "depend",
                             "edit_cache",
                             "help",
                             "install",
                             "list_install_components",
                             "package",
                             "package_source",
                             "preinstall",
                             "rebuild_cache",
                             "test"};
  if (!is_snake_case(name))
    throw std::invalid_argument("\"" + std::string{name}
                                + "\" cannot be the name of an application: it has small letters, digits and single "
                                  "underscores, begins with a letter and is at most 64 long, such as web_shop");
  if (std::find(taken.begin(), taken.end(), name) != taken.end())
    throw std::invalid_argument("\"" + std::string{name} + "\" cannot be the name of an application: CMake uses it");
  return std::string{name};
}

std::string part_name(std::string_view name, std::string_view kind) {
  auto result = snake_case(name);
  const auto suffix = "_" + std::string{kind};
  if (result.ends_with(suffix))
    result.resize(result.size() - suffix.size());
  if (!is_snake_case(result) || result == kind)
    throw std::invalid_argument("\"" + std::string{name} + "\" cannot be the name of a " + std::string{kind}
                                + ": it has letters, digits and single underscores, begins with a letter and is at "
                                  "most 64 long, such as ChatRoom or chat_room");
  // Clients find these in a presence, so that a member of this name would hide them.
  if (kind == "presence" && (result == "metas" || result == "phx_ref" || result == "phx_ref_prev"))
    throw std::invalid_argument("\"" + std::string{name}
                                + "\" cannot be the name of a presence: Phoenix uses it in each presence");
  return result;
}

} // namespace bennu::node_program
