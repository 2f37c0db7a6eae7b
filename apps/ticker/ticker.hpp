#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <bennu/actors/endpoint.hpp>
#include <bennu/actors/node.hpp>
#include <bennu/supervision/child_spec.hpp>

namespace ticker {

/// The topic of all ticks. Clients cannot join it: their channel subscribes them, for as long as they keep up.
inline constexpr const char* feed = "feed";

/// The newest price of each symbol. Thread safety: any thread.
class price_table {
public:
  explicit price_table(size_t symbols);

  size_t size() const noexcept { return cents_.size(); }

  /// Changes the price of one symbol. @returns the payload of the event `tick`: `{"s": symbol, "c": cents, "n":
  /// number}`, in which `n` grows with every tick.
  nlohmann::json move(size_t symbol, int64_t by);

  /// All prices, as the event `prices` has them: `{"prices": {symbol: cents}, "n": the number of the last tick}`.
  nlohmann::json all() const;

private:
  mutable std::mutex mutex_;
  std::vector<int64_t> cents_;
  uint64_t ticks_ = 0;
};

using prices_ptr = std::shared_ptr<price_table>;

/// When a client counts as slow, and how often its channel looks. It never has more waiting than `slow_bytes`, what is
/// sent until the next look, and all prices once.
struct pace {
  size_t slow_bytes = 64 * 1024; ///< of unsent messages: about 800 ticks
  std::chrono::milliseconds look_every{100};
};

/// An actor that broadcasts so many ticks a second on this node. A real program reads them from an exchange.
bennu::child_spec market(bennu::node& home, prices_ptr prices, uint32_t ticks_per_second);

/// The path /socket with the topic `ticker`. After the join the client receives `prices` with all prices, then each
/// `tick` under the topic `feed`. A client that reads too slowly gets no ticks until it has read what waits for it, and
/// then again `prices`: the newest price of each symbol, and no queue.
bennu::endpoint clients(prices_ptr prices, pace how = {});

} // namespace ticker
