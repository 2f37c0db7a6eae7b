#include <algorithm>
#include <cstdio>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>

#include "apps/bench/command_line.hpp"
#include "apps/bench/siege/besiegers.hpp"
#include "apps/bench/siege/healthy.hpp"
#include "apps/bench/siege/http.hpp"

namespace bennu::bench {

namespace {

using clock = std::chrono::steady_clock;
using std::chrono::seconds;

// Accounts of hostile users of a chat. Many connections share one: a limit for each user is tried too.
constexpr size_t hostile_accounts = 10;

// A pause is measured from here on: until then the server still closes what the attack left.
constexpr seconds settling{1};

// What was sent must be answered and have arrived by then.
constexpr seconds patience{30};

std::vector<const attack*> chosen_attacks(const options& how) {
  const bool all = std::find(how.attacks.begin(), how.attacks.end(), "all") != how.attacks.end();
  std::vector<const attack*> result;
  for (const auto& x : all_attacks()) {
    const bool is_possible = x.where == attack::place::chat      ? how.is_chat
                             : x.where == attack::place::cluster ? how.cluster_port != 0
                                                                 : true;
    const bool is_named = std::find(how.attacks.begin(), how.attacks.end(), x.name) != how.attacks.end();
    if (is_named && !is_possible)
      throw std::runtime_error("the attack " + std::string{x.name} + " needs "
                               + (x.where == attack::place::chat ? "--chat" : "--cluster-port"));
    if (is_named || (all && is_possible))
      result.push_back(&x);
  }
  return result;
}

/// Looks at the server's memory each second.
class memory_watch {
public:
  memory_watch(pid_t pid, size_t max_mib) : pid_(pid), max_mib_(max_mib) {
    if (max_mib != 0 && pid == 0)
      throw std::runtime_error("--max-memory-mib needs --pid or --server");
  }

  /// @throws std::runtime_error when the server uses more than it may, or is gone.
  void look(time_point now) {
    if (pid_ == 0 || now < next_)
      return;
    next_ = now + seconds{1};
    const auto mib = static_cast<double>(resident_bytes(pid_)) / (1 << 20);
    first_ = first_ ? first_ : mib;
    most_ = std::max(most_, mib);
    last_ = mib;
    if (max_mib_ != 0 && mib > static_cast<double>(max_mib_))
      throw std::runtime_error("the server's resident memory is " + std::to_string(static_cast<size_t>(mib))
                               + " MiB; --max-memory-mib allows " + std::to_string(max_mib_));
  }

  bool is_known() const noexcept { return first_.has_value(); }
  double first() const { return *first_; }
  double most() const noexcept { return most_; }
  double last() const noexcept { return last_; }

private:
  pid_t pid_;
  size_t max_mib_;
  time_point next_{};
  std::optional<double> first_; // MiB, as the next two
  double most_ = 0;
  double last_ = 0;
};

class siege_run {
public:
  siege_run(const target& server, const options& how)
    : server_(server), how_(how), memory_(server.pid, how.max_memory_mib) {
    field_.port = server.port;
    field_.cluster_port = how.cluster_port;
    healthy_ = how.is_chat ? on_chat() : healthy_on_probe(loop_, server, how);
    field_.topics = healthy_->topics();
    limits_before_ = server_limits(server.port);
    enemies_ = std::make_unique<besiegers>(field_, chosen_attacks(how), how.besiegers, how.attackers_nice);
  }

  /// Peace and attack in turn, until the time is over.
  void run();

  figures measured() const;

private:
  std::unique_ptr<healthy_clients> on_chat() {
    auto tokens = make_accounts(server_.port, how_.clients + hostile_accounts);
    field_.tokens.assign(tokens.end() - hostile_accounts, tokens.end());
    tokens.resize(how_.clients);
    return healthy_on_chat(loop_, server_, how_, std::move(tokens));
  }
  void talk(std::chrono::nanoseconds time);
  well_being slice(const char* name, std::chrono::nanoseconds time);

  const target server_;
  const options& how_;
  poller loop_;
  battlefield field_;
  std::unique_ptr<healthy_clients> healthy_;
  std::map<std::string, double> limits_before_;
  memory_watch memory_;
  well_being peace_, attack_;
  size_t slices_ = 0;
  std::unique_ptr<besiegers> enemies_;
};

/// Lets the healthy clients talk for this time, and waits until everything has arrived.
void siege_run::talk(std::chrono::nanoseconds time) {
  const auto end = clock::now() + time;
  healthy_->begin(clock::now());
  for (auto now = clock::now(); now < end || !healthy_->is_settled(); now = clock::now()) {
    if (now < end)
      healthy_->send_due(now);
    else if (now > end + patience)
      throw std::runtime_error("healthy clients wait in vain for an answer or a message");
    loop_.turn(std::chrono::milliseconds{1});
    memory_.look(now);
  }
}

well_being siege_run::slice(const char* name, std::chrono::nanoseconds time) {
  talk(time);
  auto result = healthy_->take();
  std::fprintf(stderr, "siege: slice %zu, %s: p50 %.0f us, p99 %.0f us, %zu refused, memory %.0f MiB\n", slices_ + 1,
               name, microseconds(result.answers, 0.5), microseconds(result.answers, 0.99), healthy_->refused(),
               memory_.last());
  return result;
}

void siege_run::run() {
  const seconds length{how_.slice_seconds};
  const auto end = clock::now() + seconds{how_.siege_seconds};
  do {
    talk(std::min<std::chrono::nanoseconds>(settling, length));
    (void)healthy_->take();
    peace_.add(slice("peace", length));
    enemies_->begin();
    attack_.add(slice("attack", length));
    enemies_->pause();
    ++slices_;
  } while (clock::now() < end);
  if (healthy_->refused() > 0)
    throw std::runtime_error("healthy clients were refused: " + healthy_->last_refusal());
}

void append_times(figures& to, const std::string& what, const histogram& peace, const histogram& attack) {
  if (peace.total() == 0 || attack.total() == 0)
    return;
  const auto name = "siege: " + what;
  for (const auto& [share, text] : {std::pair{0.5, " p50, "}, std::pair{0.99, " p99, "}}) {
    to.push_back({name + text + "peace", microseconds(peace, share), "us"});
    to.push_back({name + text + "attack", microseconds(attack, share), "us"});
    to.push_back({name + text + "attack / peace", microseconds(attack, share) / microseconds(peace, share), "times"});
  }
  to.push_back({name + ", counted", static_cast<double>(peace.total() + attack.total()), ""});
}

figures siege_run::measured() const {
  figures result;
  append_times(result, "healthy clients' answers", peace_.answers, attack_.answers);
  append_times(result, "healthy clients' messages", peace_.deliveries, attack_.deliveries);
  result.push_back({"siege: healthy clients' requests refused", static_cast<double>(healthy_->refused()), ""});
  result.push_back({"siege: slices of each", static_cast<double>(slices_), ""});
  if (memory_.is_known()) {
    result.push_back({"siege: resident memory, before", memory_.first(), "MiB"});
    result.push_back({"siege: resident memory, most", memory_.most(), "MiB"});
    result.push_back({"siege: resident memory, last", memory_.last(), "MiB"});
  }
  result.push_back({"siege: actions of each hostile client", static_cast<double>(enemies_->turns()) / 1'000, ""});
  for (size_t i = 0; i < enemies_->attacks().size(); ++i) {
    const auto name = "siege: attack " + std::string{enemies_->attacks()[i]->name};
    result.push_back({name + ", connects", static_cast<double>(enemies_->count(i).connects), ""});
    result.push_back({name + ", closed by the server", static_cast<double>(enemies_->count(i).closed), ""});
  }
  for (const auto& [limit, count] : server_limits(server_.port)) {
    const auto before = limits_before_.find(limit);
    result.push_back({"siege: the server counts limit \"" + limit + "\"",
                      count - (before == limits_before_.end() ? 0 : before->second), "times"});
  }
  return result;
}

} // namespace

figures siege(const target& server, const options& how) {
  siege_run run{server, how};
  try {
    run.run();
  } catch (const std::runtime_error& problem) {
    throw failed_run{problem.what(), run.measured()};
  }
  return run.measured();
}

} // namespace bennu::bench
