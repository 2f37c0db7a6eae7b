#include "apps/bench/benchmarks.hpp"

namespace bennu::bench {

void append_timed(figures& to, const std::string& name, const std::string& unit_of_work, const meter& measured,
                  double units, const histogram& latency_ns) {
  if (measured.server_cpu_us() > 0)
    to.push_back({name + ": server CPU per " + unit_of_work, measured.server_cpu_us() / units, "us"});
  to.push_back({name + ": rate", units / measured.seconds(), "1/s"});
  to.push_back({name + ": latency p50", static_cast<double>(latency_ns.percentile(0.5)) / 1e3, "us"});
  to.push_back({name + ": latency p99", static_cast<double>(latency_ns.percentile(0.99)) / 1e3, "us"});
  if (measured.server_cpu_us() > 0)
    to.push_back({name + ": server load", measured.server_load() * 100, "% of a core"});
  to.push_back({name + ": client load", measured.client_load() * 100, "% of a core"});
}

std::string numbered_payload(size_t publisher, uint64_t number, size_t pad_bytes) {
  std::string out = "{\"p\":" + std::to_string(publisher) + ",\"n\":" + std::to_string(number);
  out += ",\"pad\":\"";
  out.append(pad_bytes, 'x');
  out += "\"}";
  return out;
}

} // namespace bennu::bench
