#include "transport/program/files.hpp"

#include <cerrno>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <sys/resource.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

#include "transport/auth/random.hpp"

namespace bennu::engine {

size_t raise_file_limit() noexcept {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0)
    return 0;
  auto wanted = files;
  wanted.rlim_cur = files.rlim_max;
  return ::setrlimit(RLIMIT_NOFILE, &wanted) == 0 ? wanted.rlim_cur : files.rlim_cur;
}

namespace {

[[noreturn]] void secret_failed(const std::string& what) {
  throw std::runtime_error(what + ": " + std::generic_category().message(errno));
}

std::string read_secret(const std::string& path) {
  std::ifstream in{path, std::ios::binary};
  if (!in)
    secret_failed("cannot read " + path);
  if (is_readable_by_others(path))
    throw std::runtime_error(path + " holds a secret and everybody on this machine can read it: chmod o-rwx " + path
                             + ", and make a new secret if others may have read it");
  std::string text{std::istreambuf_iterator<char>{in}, {}};
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r'))
    text.pop_back();
  return text;
}

} // namespace

bool is_readable_by_others(const std::string& path) noexcept {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) && (info.st_mode & S_IRWXO) != 0;
}

namespace {

// An empty secret is one that everybody knows.
std::string read_one_secret(const std::string& path) {
  auto result = read_secret(path);
  if (result.find_first_not_of(" \t") == std::string::npos)
    throw std::runtime_error("the secret file " + path + " is empty: remove it, and a new secret is made");
  return result;
}

} // namespace

std::string secret_from_file(const std::string& path) {
  if (::access(path.c_str(), F_OK) == 0)
    return read_one_secret(path);
  // The file is written under another name and then renamed, so that no reader sees half of it.
  const auto draft = path + "." + std::to_string(::getpid());
  const int fd = ::open(draft.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
  if (fd < 0)
    secret_failed("cannot make " + path);
  const auto line = random_text() + random_text() + "\n";
  const bool written = ::write(fd, line.data(), line.size()) == static_cast<ssize_t>(line.size());
  ::close(fd);
  const bool named = written && (::link(draft.c_str(), path.c_str()) == 0 || errno == EEXIST);
  const int why = errno;
  ::unlink(draft.c_str());
  errno = why;
  if (!named)
    secret_failed("cannot write " + path);
  return read_one_secret(path);
}

std::vector<std::string> secrets_from_file(const std::string& path) {
  std::istringstream lines{read_secret(path)};
  std::vector<std::string> result;
  for (std::string line; std::getline(lines, line);) {
    CLI::detail::trim(line);
    if (!line.empty() && line.front() != '#')
      result.push_back(line);
  }
  return result;
}

std::string file_name(const CLI::App& cli) {
  const auto* option = cli.get_config_ptr();
  return option != nullptr && !option->empty() ? option->results().back() : std::string{};
}

namespace {

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

size_t line_of_key(std::string_view text, std::string_view key) {
  std::istringstream lines{std::string{text}};
  std::string line;
  for (size_t number = 1; std::getline(lines, line); ++number) {
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

bool is_from_file(const CLI::App& cli, const std::string& flag, const std::vector<std::string>& arguments) {
  const auto said = [&flag](const std::string& x) { return x == flag || x.starts_with(flag + "="); };
  std::ifstream input{file_name(cli)};
  const std::string text{std::istreambuf_iterator<char>{input}, {}};
  return line_of_key(text, flag.substr(2)) > 0 && std::none_of(arguments.begin(), arguments.end(), said);
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
