#include "supervision/process/crash_report.hpp"

#include <cstdlib>
#include <cxxabi.h>
#include <memory>

namespace bennu::engine {

namespace {

std::string demangle(const char* mangled) {
  int status = 0;
  std::unique_ptr<char, decltype(&std::free)> text{abi::__cxa_demangle(mangled, nullptr, nullptr, &status), &std::free};
  return status == 0 && text ? text.get() : mangled;
}

} // namespace

std::string type_name(const std::type_info& type) {
  return demangle(type.name());
}

std::string type_label(const std::type_info& type) {
  auto name = type_name(type);
  auto scope = name.substr(0, name.find('<')).rfind("::");
  return scope == std::string::npos ? name : name.substr(scope + 2);
}

} // namespace bennu::engine
