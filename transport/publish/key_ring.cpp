#include "transport/publish/key_ring.hpp"

#include <algorithm>
#include <stdexcept>

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include "transport/http/field_list.hpp"

namespace bennu::engine {

digest digest_of(std::string_view text) {
  digest result;
  ::SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), result.data());
  return result;
}

bool waiting_room::enter(size_t bytes) noexcept {
  const auto requests = requests_.fetch_add(1, std::memory_order_relaxed);
  const auto before = bytes_.fetch_add(bytes, std::memory_order_relaxed);
  if (requests < max_requests_ && (before + bytes <= max_bytes_ || before == 0))
    return true;
  leave(bytes);
  return false;
}

void waiting_room::leave(size_t bytes) noexcept {
  bytes_.fetch_sub(bytes, std::memory_order_relaxed);
  requests_.fetch_sub(1, std::memory_order_relaxed);
}

bool waiting_room::resize(size_t from, size_t to) noexcept {
  if (to <= from) {
    bytes_.fetch_sub(from - to, std::memory_order_relaxed);
    return true;
  }
  const auto more = to - from;
  const auto before = bytes_.fetch_add(more, std::memory_order_relaxed);
  if (before + more <= max_bytes_ || before == from)
    return true;
  bytes_.fetch_sub(more, std::memory_order_relaxed);
  return false;
}

namespace {

// How many requests of one key for the topics may wait: some dashboards. Each takes two seconds at most.
constexpr size_t max_waiting_counts = 8;

uint64_t number_of(const digest& secret) {
  const auto again = digest_of({reinterpret_cast<const char*>(secret.data()), secret.size()});
  uint64_t result = 0;
  for (size_t i = 0; i < sizeof result; ++i)
    result = result << 8 | again[i];
  return result;
}

// What a header can transport without quotes.
bool is_secret(std::string_view text) noexcept {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7F; });
}

} // namespace

known_key::known_key(const api_key& key, const publish_api& bounds)
  : secret(digest_of(key.secret)), number(number_of(secret)),
    waiting(bounds.max_waiting_requests, bounds.max_waiting_bytes),
    counting(std::min(bounds.max_waiting_requests, max_waiting_counts), bounds.max_waiting_bytes) {
  if (!is_secret(key.secret))
    throw std::invalid_argument(
      "the secret of a key of the publish API must be visible ASCII characters without spaces");
  for (const auto& x : key.topics)
    topics_.emplace_back(x);
}

bool known_key::may_use(std::string_view topic) const noexcept {
  return topics_.empty() || std::any_of(topics_.begin(), topics_.end(), [&](auto& x) { return x.matches(topic); });
}

std::vector<std::string> known_key::patterns() const {
  std::vector<std::string> result;
  for (const auto& x : topics_)
    result.push_back(x.text());
  return result;
}

key_ring::key_ring(const publish_api& api) {
  for (const auto& x : api.keys) {
    auto key = std::make_shared<const known_key>(x, api);
    for (const auto& other : keys_)
      if (other->secret == key->secret)
        throw std::invalid_argument("two keys of the publish API have the same secret");
    longest_ = std::max(longest_, x.secret.size());
    keys_.push_back(std::move(key));
  }
  if (keys_.empty())
    throw std::invalid_argument("the publish API needs a key: without one nobody may use it");
}

std::vector<uint64_t> key_ring::numbers() const {
  std::vector<uint64_t> result;
  for (const auto& x : keys_)
    result.push_back(x->number);
  return result;
}

known_key_ptr key_ring::find(const http_request& request) const {
  constexpr std::string_view scheme = "Bearer ";
  constexpr size_t spaces = 64; // more than anybody writes around a secret
  const auto header = request.header("Authorization");
  if (is_twice(request, "Authorization"))
    return nullptr; // a proxy may have looked at another one
  if (header.size() > scheme.size() + longest_ + spaces)
    return nullptr;
  const bool has_scheme = header.size() > scheme.size() && same_token(header.substr(0, scheme.size()), scheme);
  const auto shown = digest_of(has_scheme ? trimmed(header.substr(scheme.size())) : std::string_view{});
  known_key_ptr result;
  for (const auto& x : keys_) // all of them, so that the time does not tell which one begins alike
    if (::CRYPTO_memcmp(x->secret.data(), shown.data(), shown.size()) == 0)
      result = x;
  return result;
}

} // namespace bennu::engine

namespace bennu {

api_key api_key::parse(std::string_view text) {
  const auto next = [&text] {
    const auto begin = std::min(text.find_first_not_of(" \t"), text.size());
    const auto end = std::min(text.find_first_of(" \t", begin), text.size());
    auto word = std::string{text.substr(begin, end - begin)};
    text.remove_prefix(end);
    return word;
  };
  api_key result{.secret = next()};
  for (auto pattern = next(); !pattern.empty(); pattern = next())
    result.topics.push_back(std::move(pattern));
  return result;
}

} // namespace bennu
