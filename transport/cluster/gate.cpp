#include "transport/cluster/gate.hpp"

#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <caf/actor_system.hpp>

#include "supervision/process/crash_report.hpp"
#include "transport/io/connection_slot.hpp"
#include "transport/io/listener.hpp"
#include <bennu/supervision/telemetry.hpp>

namespace bennu::engine {

namespace {

using boost::asio::ip::tcp;
using error_code = boost::system::error_code;

constexpr auto pause_without_descriptors = std::chrono::milliseconds{100};

std::string text_of(const tcp::endpoint& x) {
  return join_address(x.address().to_string(), std::to_string(x.port()));
}

/// What is collected while the addresses of one name are dialled.
struct dialling {
  dial_report report;
  size_t left = 0;
  std::function<void(dial_report)> then;

  void done(dial_outcome outcome) {
    report.outcomes.push_back(std::move(outcome));
    if (--left == 0)
      then(std::move(report));
  }
};

} // namespace

cluster_gate::cluster_gate(caf::actor_system& system, const cluster_options& options, peer self, handlers to)
  : system_(system), options_(options), to_(std::move(to)), admission_(std::move(self), options.application) {}

cluster_gate::~cluster_gate() {
  stop();
}

uint16_t cluster_gate::bind() {
  const auto [host, port] = split_address(options_.listen);
  error_code error;
  tcp::resolver resolver{loop_};
  const auto found = resolver.resolve(host, port, tcp::resolver::passive, error);
  if (error || found.empty())
    throw std::runtime_error("cluster: cannot listen at " + options_.listen + ": " + error.message());
  const tcp::endpoint where = found.begin()->endpoint();
  acceptor_.open(where.protocol(), error);
  acceptor_.set_option(tcp::acceptor::reuse_address{true}, error);
  acceptor_.bind(where, error);
  if (!error)
    acceptor_.listen(1024, error);
  if (error)
    throw std::runtime_error("cluster: cannot listen at " + options_.listen + ": " + error.message()
                             + "; choose another address, or end the program that has it (port 0 takes any free one)");
  acceptor_.non_blocking(true);
  return acceptor_.local_endpoint().port();
}

void cluster_gate::start() {
  thread_ = std::thread{[this] {
    auto keep_running = boost::asio::make_work_guard(loop_);
    for (;;) {
      try {
        loop_.run();
        return;
      } catch (...) {
        report_handler_exception(system_, exception_text());
      }
    }
  }};
}

void cluster_gate::stop() {
  is_stopped_ = true;
  loop_.stop();
  if (thread_.joinable())
    thread_.join();
  // An actor that has ended may hold this for a while: the port is free all the same.
  error_code ignored;
  acceptor_.close(ignored);
}

std::optional<certificate_terms> cluster_gate::terms() const {
  std::lock_guard guard{terms_mutex_};
  return terms_;
}

void cluster_gate::use(ssl_context tls) {
  {
    std::lock_guard guard{terms_mutex_};
    terms_ = terms_of(tls);
  }
  boost::asio::post(loop_, [this, tls = std::move(tls)] { tls_ = tls; });
}

void cluster_gate::accept(std::function<void(const std::string& why)> lost) {
  boost::asio::post(loop_, [this, lost = std::move(lost)]() mutable {
    lost_ = std::move(lost);
    accept_next();
  });
}

void cluster_gate::pause() {
  boost::asio::post(loop_, [this] {
    lost_ = nullptr;
    acceptor_.cancel();
  });
}

void cluster_gate::accept_next() {
  if (!lost_ || std::exchange(is_waiting_, true))
    return;
  acceptor_.async_accept([this](const error_code& error, tcp::socket socket) {
    is_waiting_ = false;
    if (!error) {
      accepted(std::move(socket));
    } else if (accepts_no_more(error.value()) && lost_) {
      return std::exchange(lost_, nullptr)("the listening socket of the cluster is lost: " + error.message());
    } else if (error != boost::asio::error::operation_aborted && error != boost::asio::error::connection_aborted) {
      limit_hit(system_, "descriptors");
      accept_pause_.expires_after(pause_without_descriptors);
      return accept_pause_.async_wait([this](const error_code&) { accept_next(); });
    }
    accept_next();
  });
}

void cluster_gate::accepted(tcp::socket socket) {
  std::erase_if(strangers_, [](auto& x) { return x.expired(); });
  if (strangers_.size() >= options_.max_pending) {
    limit_hit(system_, "cluster_pending");
    if (auto oldest = strangers_.front().lock())
      oldest->close();
    strangers_.pop_front();
  }
  auto greeter = std::make_shared<cluster_greeter>(static_cast<greeter_host&>(*this), std::move(socket), false);
  strangers_.push_back(greeter);
  boost::asio::co_spawn(loop_, greeter->run(std::nullopt), [greeter](std::exception_ptr, dial_outcome) {});
}

void cluster_gate::dial(std::string address, std::set<std::string> skip, std::function<void(dial_report)> then) {
  auto all = std::make_shared<dialling>();
  all->report.address = std::move(address);
  all->then = std::move(then);
  boost::asio::post(loop_, [this, all, skip = std::move(skip)] {
    const auto [host, port] = split_address(all->report.address);
    auto resolver = std::make_shared<tcp::resolver>(loop_);
    resolver->async_resolve(
      host, port, [this, all, skip, resolver](const error_code& error, tcp::resolver::results_type found) {
        ++all->left; // until all are under way
        if (error)
          all->report.outcomes.push_back({.endpoint = all->report.address, .why = error.message()});
        for (auto& entry : found) {
          const auto endpoint = entry.endpoint();
          if (skip.contains(text_of(endpoint)))
            continue;
          ++all->left;
          auto greeter = std::make_shared<cluster_greeter>(static_cast<greeter_host&>(*this), tcp::socket{loop_}, true);
          boost::asio::co_spawn(loop_, greeter->run(endpoint),
                                [all, greeter, endpoint](std::exception_ptr, dial_outcome outcome) {
                                  outcome.endpoint = text_of(endpoint);
                                  all->done(std::move(outcome));
                                });
        }
        if (--all->left == 0)
          all->then(std::move(all->report));
      });
  });
}

// -- refusals -----------------------------------------------------------------

void cluster_gate::refused(const refusal& x) {
  refusals_.add(x, std::chrono::steady_clock::now());
  tell_refusals();
}

void cluster_gate::opened(link_connection_ptr x) {
  refusals_.connected(x->address, x->who.name);
  tell_refusals();
  to_.opened(std::move(x));
}

void cluster_gate::look_at_refusals() {
  refusals_timer_.expires_after(std::chrono::seconds{1});
  refusals_timer_.async_wait([this](const error_code& error) {
    if (error)
      return;
    refusals_.tick(std::chrono::steady_clock::now());
    tell_refusals();
  });
}

void cluster_gate::tell_refusals() {
  for (const auto& x : refusals_.take_reports())
    if (auto* events = telemetry::listening(system_))
      events->emit(x.is_over ? "link.refused_over" : "link.refused", {{"count", static_cast<int64_t>(x.count)}},
                   {{"address", x.what.address}, {"name", x.what.name}, {"why", x.what.why}});
  if (!refusals_.empty())
    look_at_refusals();
}

// -- connections --------------------------------------------------------------

std::function<void()> cluster_gate::when_gone(std::string name, uint64_t connection) {
  return [weak = weak_from_this(), name = std::move(name), connection] {
    if (const auto gate = weak.lock())
      gate->connection_gone(name, connection);
  };
}

void cluster_gate::connection_gone(const std::string& name, uint64_t connection) {
  if (is_stopped_)
    return;
  boost::asio::post(loop_, [this, name, connection] { admission_.gone(name, connection); });
  to_.gone(name, connection);
}

} // namespace bennu::engine
