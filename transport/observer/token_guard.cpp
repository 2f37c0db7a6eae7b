#include "transport/observer/token_guard.hpp"

#include <algorithm>
#include <utility>

#include <openssl/crypto.h>

#include "transport/publish/key_ring.hpp"

namespace bennu::engine {

token_guard::token_guard(std::string_view token, std::function<void(const std::string& line)> warn)
  : digest_(digest_of(token)), warn_(std::move(warn)) {}

token_guard::tries& token_guard::tries_of(std::string_view address, time_point now) {
  auto found = by_address_.find(address);
  if (found == by_address_.end()) {
    if (by_address_.size() >= max_addresses)
      std::erase_if(by_address_, [&](const auto& x) { return now - x.second.since >= pause * burst; });
    if (by_address_.size() >= max_addresses)
      by_address_.clear();
    found = by_address_.emplace(std::string{address}, tries{burst, now, 0}).first;
  }
  auto& result = found->second;
  const auto more = (now - result.since) / pause;
  result.left = static_cast<int>(std::min<int64_t>(burst, result.left + more));
  result.since += pause * more;
  return result;
}

token_guard::verdict token_guard::check(std::string_view address, std::string_view token, time_point now) {
  const auto shown = digest_of(token);
  if (::CRYPTO_memcmp(digest_.data(), shown.data(), shown.size()) == 0)
    return verdict::right;
  uint64_t count = 0;
  bool is_too_many = false;
  {
    std::lock_guard guard{mutex_};
    auto& x = tries_of(address, now);
    count = ++x.wrong;
    is_too_many = x.left == 0;
    x.left = std::max(0, x.left - 1);
  }
  if (warn_ && !is_too_many)
    warn_("observer: wrong tokens from " + std::string{address} + ": " + std::to_string(count) + " so far");
  return is_too_many ? verdict::too_many : verdict::wrong;
}

} // namespace bennu::engine
