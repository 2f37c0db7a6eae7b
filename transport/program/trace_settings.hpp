#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "transport/program/otlp_client.hpp"
#include "transport/program/settings.hpp"
#include "transport/program/span_exporter.hpp"

namespace bennu::engine {

/// What a program needs to export spans.
struct trace_settings {
  otlp_target to;
  otlp_resource from;
  trace_options options;
  std::chrono::milliseconds delay = span_exporter::default_delay;
};

/// The value of an environment variable, or empty.
using variable_reader = std::function<std::string(const char* name)>;
variable_reader process_environment();

/// The traces of these settings. What they leave open, OpenTelemetry's environment variables say:
/// OTEL_EXPORTER_OTLP_TRACES_ENDPOINT or OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_TRACES_SAMPLER with OTEL_TRACES_SAMPLER_ARG,
/// OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES, OTEL_EXPORTER_OTLP_TRACES_HEADERS or OTEL_EXPORTER_OTLP_HEADERS,
/// OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE or OTEL_EXPORTER_OTLP_CERTIFICATE, and OTEL_BSP_SCHEDULE_DELAY (ms).
/// OTEL_SDK_DISABLED=true and OTEL_TRACES_EXPORTER=none turn them off, unless there is `--otlp-endpoint`.
/// @returns nothing without an endpoint.
/// @throws std::runtime_error when one of them cannot be understood.
std::optional<trace_settings> traces_of(const settings& from, const program& what, const variable_reader& variables);

/// The problem of an `--otlp-endpoint`, or nothing.
std::string endpoint_problem(const std::string& text);

} // namespace bennu::engine
