// Measures what decoding and encoding one message costs, and what nlohmann's parse and dump of the same text cost.

#include <benchmark/benchmark.h>

#include <nlohmann/json.hpp>

#include "actors/wire/serializer.hpp"

namespace {

using namespace bennu;
using namespace bennu::engine;

const std::string chat_body = R"({"user":"ann","body":"Good morning, everybody! Is it raining?","at":1700000000})";
const std::string chat_text = R"(["3","17","room:lobby","new_msg",)" + chat_body + "]";

std::string payload_of(size_t bytes) {
  return R"({"body":")" + std::string(bytes, 'x') + R"("})";
}

void decode(benchmark::State& state, const std::string& text) {
  for (auto _ : state)
    benchmark::DoNotOptimize(serializer_v2().decode(opcode::text, text));
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(text.size()));
}

void decode_chat(benchmark::State& state) {
  decode(state, chat_text);
}

void decode_heartbeat(benchmark::State& state) {
  decode(state, R"([null,"9","phoenix","heartbeat",{}])");
}

void decode_large(benchmark::State& state) {
  decode(state, R"(["3","17","room:lobby","new_msg",)" + payload_of(size_t{1} << 20) + "]");
}

void parse_chat_with_nlohmann(benchmark::State& state) {
  for (auto _ : state)
    benchmark::DoNotOptimize(json::parse(chat_text));
}

void encode_broadcast(benchmark::State& state) {
  const auto body = payload::from_text(chat_body);
  for (auto _ : state)
    benchmark::DoNotOptimize(serializer_v2().broadcast("room:lobby", "new_msg", body));
}

void encode_reply(benchmark::State& state) {
  for (auto _ : state)
    benchmark::DoNotOptimize(serializer_v2().reply("\"3\"", "\"17\"", "\"room:lobby\"", "ok", {}));
}

void encode_broadcast_v1(benchmark::State& state) {
  const auto body = payload::from_text(chat_body);
  for (auto _ : state)
    benchmark::DoNotOptimize(serializer_v1().broadcast("room:lobby", "new_msg", body));
}

void payload_from_json(benchmark::State& state) {
  const auto value = json::parse(chat_body);
  for (auto _ : state)
    benchmark::DoNotOptimize(payload{value});
}

void dump_with_nlohmann(benchmark::State& state) {
  const auto value = json::parse(chat_body);
  for (auto _ : state)
    benchmark::DoNotOptimize(value.dump());
}

} // namespace

BENCHMARK(decode_heartbeat);
BENCHMARK(decode_chat);
BENCHMARK(decode_large);
BENCHMARK(parse_chat_with_nlohmann);
BENCHMARK(encode_reply);
BENCHMARK(encode_broadcast);
BENCHMARK(encode_broadcast_v1);
BENCHMARK(payload_from_json);
BENCHMARK(dump_with_nlohmann);
BENCHMARK_MAIN();
