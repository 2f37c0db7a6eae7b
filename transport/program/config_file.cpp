#include "transport/program/config_file.hpp"

#include <fstream>
#include <iterator>
#include <sstream>

namespace bennu::engine {

namespace {

std::string file_name(const CLI::App& cli) {
  const auto* option = cli.get_config_ptr();
  return option != nullptr && !option->empty() ? option->results().back() : std::string{};
}

std::vector<std::string> known_keys(const CLI::App& cli) {
  std::vector<std::string> result;
  for (const auto* option : cli.get_options())
    if (option->get_configurable() && !option->get_lnames().empty())
      result.push_back(option->get_lnames().front());
  return result;
}

[[noreturn]] void refuse_setting(const CLI::App& cli, std::string_view text, const std::string& key) {
  std::string message = file_name(cli);
  if (const auto line = line_of_key(text, key); line > 0)
    message += ":" + std::to_string(line);
  message += ": there is no option '" + key + "'; a file may set: ";
  message += CLI::detail::join(known_keys(cli), ", ");
  throw CLI::ConfigError(message, CLI::ExitCodes::ConfigError);
}

} // namespace

std::size_t line_of_key(std::string_view text, std::string_view key) {
  std::istringstream lines{std::string{text}};
  std::string line;
  for (std::size_t number = 1; std::getline(lines, line); ++number) {
    auto name = line.substr(0, line.find('='));
    if (CLI::detail::remove_quotes(CLI::detail::trim(name)) == key)
      return number;
  }
  return 0;
}

std::vector<CLI::ConfigItem> config_file::from_config(std::istream& input) const {
  const std::string text{std::istreambuf_iterator<char>{input}, {}};
  std::istringstream again{text};
  auto entries = CLI::ConfigTOML::from_config(again);
  for (const auto& item : entries) {
    if (item.name == "++" || item.name == "--")
      continue; // CLI11's marks for the start and the end of a section
    const auto known = item.parents.empty() ? cli_.get_option_no_throw("--" + item.name) : nullptr;
    if (known == nullptr || !known->get_configurable())
      refuse_setting(cli_, text, item.parents.empty() ? item.name : item.fullname());
  }
  return entries;
}

std::string place_in_file(const CLI::App& cli, std::string_view error, const std::vector<std::string>& arguments) {
  const auto name = file_name(cli);
  if (name.empty())
    return {};
  std::ifstream input{name};
  const std::string text{std::istreambuf_iterator<char>{input}, {}};
  for (const auto& key : known_keys(cli)) {
    const auto flag = "--" + key;
    const auto said = [&flag](const std::string& x) { return x == flag || x.starts_with(flag + "="); };
    const auto line = line_of_key(text, key);
    if (line > 0 && error.find(flag) != std::string_view::npos
        && std::none_of(arguments.begin(), arguments.end(), said))
      return name + ":" + std::to_string(line) + ": ";
  }
  return {};
}

} // namespace bennu::engine
