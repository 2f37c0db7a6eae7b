#include "apps/ticker/ticker.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <utility>

#include <caf/all.hpp>

#include <bennu/actors/channel.hpp>
#include <bennu/actors/message.hpp>
#include <bennu/supervision/child.hpp>
#include <bennu/supervision/process.hpp>

namespace ticker {

namespace {

using bennu::json;
using namespace std::chrono_literals;
using look = caf::atom_constant<caf::atom("look")>;

/// Broadcasts the ticks that are due, every 5 ms. Permanent; after a crash it goes on with the prices as they are.
class market_actor : public bennu::process {
public:
  market_actor(caf::actor_config& config, bennu::node& home, prices_ptr prices, uint32_t ticks_per_second)
    : process(config), home_(home), prices_(std::move(prices)), per_second_(ticks_per_second) {}

  std::string label() const override { return "market"; }

protected:
  caf::behavior make_behavior() override {
    begun_ = clock().now();
    delayed_send(this, 5ms, look::value);
    return {[this](look) {
      const auto due = std::chrono::duration<double>(clock().now() - begun_).count() * per_second_;
      for (; sent_ < due; ++sent_) {
        random_ = random_ * 6364136223846793005u + 1442695040888963407u; // Knuth's; one run is like the next
        home_.topics().local_broadcast(
          feed, "tick",
          prices_->move((random_ >> 33) % prices_->size(), static_cast<int64_t>((random_ >> 20) % 21) - 10));
      }
      delayed_send(this, 5ms, look::value);
    }};
  }

private:
  bennu::node& home_;
  const prices_ptr prices_;
  const double per_second_;
  caf::actor_clock::time_point begun_;
  double sent_ = 0;
  uint64_t random_ = 1;
};

class any_socket : public bennu::socket {
public:
  bennu::connect_result connect(const bennu::connect_info&) override { return bennu::connected{}; }
};

/// While its client keeps up, the client receives the ticks directly: one frame for all clients, without a call of the
/// channel. The channel looks ten times a second whether messages wait.
class ticker_channel : public bennu::channel_of<ticker_channel> {
public:
  ticker_channel(bennu::channel_context context, prices_ptr prices, pace how)
    : channel_of(context), prices_(std::move(prices)), pace_(how) {}

  bennu::join_result join(const json&) override {
    keeps_up_ = !subscriptions().empty(); // after a crash: they outlive the channel
    self()->send(self(), look::value);
    return bennu::accept{};
  }

  caf::message_handler handle_info() override {
    return {[this](look) {
      const auto waiting = size().unsent_bytes;
      if (keeps_up_ && waiting > pace_.slow_bytes) {
        keeps_up_ = false;
        unsubscribe(feed); // from here on its queue gets shorter
      } else if (!keeps_up_ && waiting == 0) {
        keeps_up_ = subscribe(feed); // first, so that no tick is missed between the two
        push("prices", prices_->all());
      }
      self()->delayed_send(self(), pace_.look_every, look::value);
    }};
  }

private:
  const prices_ptr prices_;
  const pace pace_;
  bool keeps_up_ = false;
};

std::string symbol(size_t i) { // AAA, AAB, …
  return {static_cast<char>('A' + i / 676 % 26), static_cast<char>('A' + i / 26 % 26), static_cast<char>('A' + i % 26)};
}

} // namespace

price_table::price_table(size_t symbols) {
  for (size_t i = 0; i < symbols; ++i)
    cents_.push_back(static_cast<int64_t>(1'000 + 7'919 * i % 90'000));
}

json price_table::move(size_t i, int64_t by) {
  std::lock_guard guard{mutex_};
  cents_[i] = std::max<int64_t>(1, cents_[i] + by);
  return {{"s", symbol(i)}, {"c", cents_[i]}, {"n", ++ticks_}};
}

json price_table::all() const {
  std::lock_guard guard{mutex_};
  json prices = json::object();
  for (size_t i = 0; i < cents_.size(); ++i)
    prices[symbol(i)] = cents_[i];
  return {{"prices", prices}, {"n", ticks_}};
}

bennu::child_spec market(bennu::node& home, prices_ptr prices, uint32_t ticks_per_second) {
  return bennu::child<market_actor>("market", std::ref(home), std::move(prices), ticks_per_second);
}

bennu::endpoint clients(prices_ptr prices, pace how) {
  return bennu::endpoint{"/socket"}.serve<any_socket>().channel<ticker_channel>("ticker", {}, std::move(prices), how);
}

} // namespace ticker
