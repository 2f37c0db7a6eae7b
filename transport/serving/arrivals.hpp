#pragma once

#include <deque>
#include <mutex>
#include <optional>
#include <utility>

#include <unistd.h>

#include "transport/http/site.hpp"
#include "transport/io/connection_slot.hpp"

namespace bennu::engine {

/// An accepted client that no io unit has taken yet. The destructor closes its socket. Movable.
struct arrival {
  arrival(int descriptor, connection_slot place, const http_site& site, bool is_secure)
    : slot(std::move(place)), by(&site), secure(is_secure), fd_(descriptor) {}
  arrival(arrival&& other) noexcept
    : slot(std::move(other.slot)), by(other.by), secure(other.secure), fd_(std::exchange(other.fd_, -1)) {}
  arrival& operator=(arrival&&) = delete;
  ~arrival() {
    if (fd_ >= 0)
      ::close(fd_);
  }

  int descriptor() const noexcept { return fd_; }
  int release() noexcept { return std::exchange(fd_, -1); }

  connection_slot slot;
  const http_site* by;
  bool secure; ///< whether it uses TLS

private:
  int fd_;
};

/// The accepted clients on their way from the accepting threads to the io units, which take the oldest ones when they
/// wake. A unit that a handler blocks leaves its share to the others. Thread safety: any thread may use it.
class arrivals {
public:
  void put(arrival x) {
    std::lock_guard guard{mutex_};
    waiting_.push_back(std::move(x));
  }

  std::optional<arrival> take() {
    std::lock_guard guard{mutex_};
    if (waiting_.empty())
      return std::nullopt;
    std::optional<arrival> result{std::move(waiting_.front())};
    waiting_.pop_front();
    return result;
  }

  bool empty() const {
    std::lock_guard guard{mutex_};
    return waiting_.empty();
  }

private:
  mutable std::mutex mutex_;
  std::deque<arrival> waiting_;
};

} // namespace bennu::engine
