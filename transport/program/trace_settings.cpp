#include "transport/program/trace_settings.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <stdexcept>
#include <vector>

#include <unistd.h>

#include "transport/http/field_list.hpp"
#include "transport/http/uri.hpp"

namespace bennu::engine {

namespace {

constexpr std::string_view path_of_traces = "/v1/traces"; // OTLP 1.9, "OTLP/HTTP Request"

[[noreturn]] void refuse(const std::string& name, const std::string& value, const std::string& allowed) {
  throw std::runtime_error(name + " " + value + ": it must be " + allowed);
}

otlp_url url_of(const std::string& name, const std::string& text) {
  auto result = otlp_url::parse(text);
  if (!result)
    refuse(name, text, "http://HOST:PORT or https://HOST:PORT, perhaps with a path");
  return *result;
}

// Of an endpoint for all kinds of data, traces have a path below it.
otlp_url base_of(const std::string& name, const std::string& text) {
  auto result = url_of(name, text);
  const auto query = std::min(result.target.find('?'), result.target.size());
  auto path = result.target.substr(0, query);
  while (path.ends_with('/'))
    path.pop_back();
  result.target = path + std::string{path_of_traces} + result.target.substr(query);
  return result;
}

// `name=value,name=value` with percent-encoded values (W3C Baggage).
std::vector<std::pair<std::string, std::string>> pairs_in(const char* name, const std::string& text) {
  constexpr auto allowed = "NAME=VALUE, separated by commas";
  std::vector<std::pair<std::string, std::string>> result;
  for (std::string_view rest = text; !rest.empty();) {
    const auto comma = rest.find(',');
    const auto pair = trimmed(rest.substr(0, comma));
    rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
    if (pair.empty())
      continue;
    const auto equals = pair.find('=');
    auto value = equals == std::string_view::npos ? std::nullopt : percent_decode(trimmed(pair.substr(equals + 1)));
    auto key = std::string{trimmed(pair.substr(0, equals))};
    if (!value || key.empty())
      refuse(name, "", allowed); // the value may be a secret
    result.emplace_back(std::move(key), std::move(*value));
  }
  return result;
}

bool is_field_name(const std::string& x) {
  return std::all_of(x.begin(), x.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
           || std::string_view{"!#$%&'*+-.^_`|~"}.find(c) != std::string_view::npos;
  });
}

bool is_field_value(const std::string& x) {
  return std::all_of(x.begin(), x.end(), [](char c) { return c == '\t' || (c >= 0x20 && c != 0x7F); });
}

std::vector<std::pair<std::string, std::string>> headers_in(const char* name, const std::string& text) {
  auto result = pairs_in(name, text);
  for (const auto& [key, value] : result)
    if (!is_field_name(key) || !is_field_value(value))
      refuse(name, "", "NAME=VALUE of headers, separated by commas");
  return result;
}

double ratio_in(const std::string& text) {
  double result = 1;
  if (text.empty())
    return result;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), result);
  if (read.ec != std::errc{} || read.ptr != text.data() + text.size() || !(result >= 0 && result <= 1))
    refuse("OTEL_TRACES_SAMPLER_ARG", text, "a number from 0 to 1");
  return result;
}

trace_options sampler_of(const settings& from, const variable_reader& variables) {
  trace_options result{from.trace_sample.value_or(1), !from.trace_distrust};
  const auto sampler = variables("OTEL_TRACES_SAMPLER");
  if (from.trace_sample || from.trace_distrust || sampler.empty())
    return result;
  std::string_view kind = sampler;
  constexpr std::string_view parent = "parentbased_";
  result.trusts_clients = kind.starts_with(parent);
  if (result.trusts_clients)
    kind.remove_prefix(parent.size());
  if (kind == "always_on")
    result.ratio = 1;
  else if (kind == "always_off")
    result.ratio = 0;
  else if (kind == "traceidratio")
    result.ratio = ratio_in(variables("OTEL_TRACES_SAMPLER_ARG"));
  else
    refuse("OTEL_TRACES_SAMPLER", sampler, "always_on, always_off or traceidratio, perhaps after parentbased_");
  return result;
}

std::chrono::milliseconds delay_of(const variable_reader& variables) {
  constexpr auto name = "OTEL_BSP_SCHEDULE_DELAY";
  const auto text = variables(name);
  if (text.empty())
    return span_exporter::default_delay;
  uint32_t result = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), result);
  if (read.ec != std::errc{} || read.ptr != text.data() + text.size() || result == 0 || result > 3'600'000)
    refuse(name, text, "a number of milliseconds up to 3600000");
  return std::chrono::milliseconds{result};
}

std::optional<otlp_url> endpoint_of(const settings& from, const variable_reader& variables) {
  if (!from.otlp_endpoint.empty())
    return base_of("--otlp-endpoint", from.otlp_endpoint);
  if (variables("OTEL_SDK_DISABLED") == "true" || variables("OTEL_TRACES_EXPORTER") == "none")
    return std::nullopt;
  if (const auto own = variables("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"); !own.empty())
    return url_of("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", own);
  if (const auto base = variables("OTEL_EXPORTER_OTLP_ENDPOINT"); !base.empty())
    return base_of("OTEL_EXPORTER_OTLP_ENDPOINT", base);
  return std::nullopt;
}

std::string host_name() {
  std::string result(256, '\0');
  if (::gethostname(result.data(), result.size() - 1) != 0)
    return {};
  result.resize(result.find('\0'));
  return result;
}

// The later of two attributes of one name counts. Source: OpenTelemetry's semantic conventions for resources.
otlp_resource resource_of(const settings& from, const program& what, const variable_reader& variables) {
  otlp_resource result;
  const auto set = [&result](const std::string& name, const std::string& value) {
    const auto known = std::find_if(result.begin(), result.end(), [&](const auto& x) { return x.first == name; });
    if (known != result.end())
      known->second = value;
    else if (!value.empty())
      result.emplace_back(name, value);
  };
  set("service.name", what.name);
  set("service.instance.id", from.node.empty() ? host_name() + ":" + std::to_string(::getpid()) : from.node);
  set("host.name", host_name());
  set("process.pid", std::to_string(::getpid()));
  set("telemetry.sdk.name", "bennu");
  set("telemetry.sdk.language", "cpp");
  set("telemetry.sdk.version", BENNU_VERSION);
  for (const auto& [name, value] : pairs_in("OTEL_RESOURCE_ATTRIBUTES", variables("OTEL_RESOURCE_ATTRIBUTES")))
    set(name, value);
  if (const auto name = variables("OTEL_SERVICE_NAME"); !name.empty())
    set("service.name", name);
  return result;
}

} // namespace

variable_reader process_environment() {
  return [](const char* name) {
    const char* value = std::getenv(name); // NOLINT(concurrency-mt-unsafe): nothing changes the environment
    return std::string{value != nullptr ? value : ""};
  };
}

std::string endpoint_problem(const std::string& text) {
  return otlp_url::parse(text) ? std::string{} : text + " is not http://HOST:PORT or https://HOST:PORT";
}

std::optional<trace_settings> traces_of(const settings& from, const program& what, const variable_reader& variables) {
  auto url = endpoint_of(from, variables);
  if (!url)
    return std::nullopt;
  const auto of_traces = [&variables](const char* own, const char* all) {
    auto result = variables(own);
    return result.empty() ? variables(all) : result;
  };
  trace_settings result;
  result.to.url = std::move(*url);
  result.to.headers = headers_in("OTEL_EXPORTER_OTLP_HEADERS",
                                 of_traces("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS"));
  result.to.authority_file = of_traces("OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE", "OTEL_EXPORTER_OTLP_CERTIFICATE");
  result.options = sampler_of(from, variables);
  result.delay = delay_of(variables);
  result.from = resource_of(from, what, variables);
  return result;
}

} // namespace bennu::engine
