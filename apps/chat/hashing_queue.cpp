#include "apps/chat/hashing_queue.hpp"

#include <argon2.h>
#include <array>
#include <cerrno>
#include <charconv>
#include <deque>
#include <mutex>
#include <stdexcept>
#include <system_error>
#include <unistd.h>
#include <utility>

#include <caf/send.hpp>

namespace chat {

using hashing_job = std::function<void()>;

struct hashing_queue::waiting {
  explicit waiting(limits x) : most(x) {}

  bool add(hashing_work kind, hashing_job x) {
    std::lock_guard guard{mutex};
    auto& queue = kind == hashing_work::sign_in ? sign_ins : sign_ups;
    if (queue.size() >= (kind == hashing_work::sign_in ? most.sign_ins : most.sign_ups))
      return false;
    queue.push_back(std::move(x));
    return true;
  }

  /// The sign-in, or else the sign-up, that has waited for longest.
  hashing_job next() {
    std::lock_guard guard{mutex};
    return take(sign_ins.empty() ? sign_ups : sign_ins, true);
  }

  /// The newest sign-up, or else the newest sign-in.
  hashing_job last() {
    std::lock_guard guard{mutex};
    return take(sign_ups.empty() ? sign_ins : sign_ups, false);
  }

private:
  static hashing_job take(std::deque<hashing_job>& from, bool first) {
    if (from.empty())
      return [] {};
    auto x = std::move(first ? from.front() : from.back());
    first ? from.pop_front() : from.pop_back();
    return x;
  }

  const limits most;
  std::mutex mutex;
  std::deque<hashing_job> sign_ins, sign_ups;
};

/// A job of the pool. There is one for each waiting piece of work, and a job that is dropped drops one piece.
class hashing_queue::turn {
public:
  explicit turn(std::shared_ptr<waiting> from) : from_(std::move(from)) {}
  ~turn() {
    if (from_)
      from_->last(); // destroyed outside of the lock
  }
  turn(const turn&) = delete;
  turn& operator=(const turn&) = delete;

  void operator()() { std::exchange(from_, nullptr)->next()(); }

private:
  std::shared_ptr<waiting> from_;
};

hashing_queue::hashing_queue(limits most)
  : waiting_(std::make_shared<waiting>(most)),
    thread_({.name = "password hashing", .threads = 1, .max_queued = most.sign_ins + most.sign_ups}) {}

void hashing_queue::run(hashing_work kind, hashing_job x) const {
  const auto pool = thread_.handle();
  if (!pool || !waiting_->add(kind, std::move(x)))
    return;
  caf::anon_send(pool,
                 bennu::make_blocking_job([turn = std::make_shared<turn>(waiting_)] { (*turn)(); }, "password hash"));
}

namespace {

bennu::jwt_keys::clock::time_point time_of(int64_t unix_time) {
  return bennu::jwt_keys::clock::time_point{std::chrono::seconds{unix_time}};
}

} // namespace

token_key::token_key(std::string secret, seconds lifetime) : keys_({std::move(secret)}), lifetime_(lifetime) {}

std::string token_key::make(const bearer& session, int64_t now) const {
  return keys_.sign(
    {{"sub", std::to_string(session.owner.id)}, {"name", session.owner.name}, {"auth_time", session.signed_in_at}},
    lifetime_, time_of(now));
}

std::optional<std::string> token_key::renew(const bearer& old, int64_t now) const {
  if (now - old.signed_in_at >= max_session.count())
    return std::nullopt;
  return make(old, now);
}

std::optional<bearer> token_key::read(std::string_view token, int64_t now) const {
  const auto checked = keys_.verify(token, {}, time_of(now));
  const auto* claims = std::get_if<nlohmann::json>(&checked);
  if (!claims)
    return std::nullopt;
  const auto subject = claims->find("sub"), name = claims->find("name");
  if (subject == claims->end() || !subject->is_string() || name == claims->end() || !name->is_string())
    return std::nullopt;
  bearer found{{0, name->get<std::string>()}, bennu::jwt_time_left(*claims, time_of(now)).value_or(lifetime_), now};
  if (const auto since = claims->find("auth_time"); since != claims->end() && since->is_number_integer())
    found.signed_in_at = since->get<int64_t>();
  const auto& digits = subject->get_ref<const std::string&>();
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), found.owner.id);
  if (error != std::errc{} || end != digits.data() + digits.size() || found.owner.id <= 0)
    return std::nullopt;
  return found;
}

std::string hash_password(std::string_view password) {
  constexpr uint32_t passes = 2, memory_kib = 64 * 1024, lanes = 1, hash_bytes = 32;
  std::array<unsigned char, 16> salt{};
  if (::getentropy(salt.data(), salt.size()) != 0)
    throw std::system_error(errno, std::generic_category(), "no random numbers for the salt of a password");
  std::string text(argon2_encodedlen(passes, memory_kib, lanes, salt.size(), hash_bytes, Argon2_id), '\0');
  const auto error = argon2id_hash_encoded(passes, memory_kib, lanes, password.data(), password.size(), salt.data(),
                                           salt.size(), hash_bytes, text.data(), text.size());
  if (error != ARGON2_OK)
    throw std::runtime_error(std::string{"a password cannot be hashed: "} + argon2_error_message(error));
  text.pop_back(); // the zero at its end
  return text;
}

bool password_fits(std::string_view password, const std::string& hash) {
  return argon2id_verify(hash.c_str(), password.data(), password.size()) == ARGON2_OK;
}

bool password_fits_nobody(std::string_view password) {
  static const std::string somebody = hash_password("nobody signs in with this");
  password_fits(password, somebody);
  return false;
}

} // namespace chat
