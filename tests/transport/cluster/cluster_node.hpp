#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdlib.h>

#include "actors/cluster/link/link.hpp"
#include "transport/cluster/certificates.hpp"
#include "transport/cluster/tls.hpp"
#include "transport/io/io_scheduler.hpp"
#include <bennu/actors/global_names.hpp>
#include <bennu/supervision/config.hpp>
#include <bennu/supervision/process.hpp>
#include <bennu/supervision/supervisor.hpp>
#include <bennu/supervision/telemetry.hpp>
#include <bennu/supervision/tree.hpp>
#include <bennu/transport/cluster.hpp>

namespace bennu::test {

using namespace engine;

/// A folder of certificates, which is removed with the object.
class certificate_folder {
public:
  explicit certificate_folder(const std::vector<std::string>& names) {
    std::string form = (std::filesystem::temp_directory_path() / "bennu-cluster-XXXXXX").string();
    path_ = ::mkdtemp(form.data());
    make_cluster_certificates(path_, names);
  }
  ~certificate_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  certificate_folder(const certificate_folder&) = delete;
  certificate_folder& operator=(const certificate_folder&) = delete;

  cluster_options options(const std::string& name) const {
    cluster_options result{.name = name};
    result.certificate = path_ + "/" + name + ".crt";
    result.key = path_ + "/" + name + ".key";
    result.authority = path_ + "/ca.crt";
    result.link.timing.timeout = std::chrono::seconds{30}; // a starved machine is no fault
    return result;
  }

  /// Makes a node's certificate again, valid for `good_for` from now; a negative time makes one that has expired.
  void renew(const std::string& name, std::chrono::seconds good_for) const {
    auto read = [&](const std::string& file) {
      return std::unique_ptr<std::FILE, int (*)(std::FILE*)>{std::fopen(file.c_str(), "r"), std::fclose};
    };
    const auto path = path_ + "/" + name + ".crt";
    std::unique_ptr<X509, ssl_deleter> certificate{PEM_read_X509(read(path).get(), nullptr, nullptr, nullptr)};
    std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> authority{
      PEM_read_PrivateKey(read(path_ + "/ca.key").get(), nullptr, nullptr, nullptr), EVP_PKEY_free};
    REQUIRE(certificate);
    REQUIRE(authority);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600L * 24 * 365);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), static_cast<long>(good_for.count()));
    REQUIRE(X509_sign(certificate.get(), authority.get(), EVP_sha256()) > 0);
    std::unique_ptr<std::FILE, int (*)(std::FILE*)> file{std::fopen(path.c_str(), "w"), std::fclose};
    REQUIRE(PEM_write_X509(file.get(), certificate.get()) == 1);
  }

private:
  std::string path_;
};

/// The messages that a hub has received, readable from the test's thread.
class hub_log {
public:
  using predicate = std::function<bool(const hub_log&)>;

  void add(std::string what) {
    {
      std::lock_guard guard{mutex_};
      lines_.push_back(std::move(what));
    }
    changed_.notify_all();
  }

  /// Waits until `holds` is true of them. @returns false after a minute.
  bool wait(const std::function<bool(const std::vector<std::string>&)>& holds) {
    std::unique_lock guard{mutex_};
    return changed_.wait_for(guard, std::chrono::seconds{60}, [&] { return holds(lines_); });
  }

  /// Waits until `what` has been received so many times.
  bool told(const std::string& what, std::ptrdiff_t times = 1) {
    return wait([&](auto& lines) { return std::count(lines.begin(), lines.end(), what) >= times; });
  }

  std::vector<std::string> lines() {
    std::lock_guard guard{mutex_};
    return lines_;
  }

  std::ptrdiff_t count(const std::string& what) {
    std::lock_guard guard{mutex_};
    return std::count(lines_.begin(), lines_.end(), what);
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> lines_;
};

/// Records what the link reports: `up b`, `down b`, `b: text`.
class hub_actor : public process {
public:
  hub_actor(caf::actor_config& config, hub_log& log, std::function<void(const link_received&)> on_block)
    : process(config), log_(log), on_block_(std::move(on_block)) {}

protected:
  caf::behavior make_behavior() override {
    return {
      [this](const link_up& x) { log_.add("up " + x.who.name); },
      [this](const link_down& x) { log_.add("down " + x.who.name); },
      [this](const link_forgotten& x) { log_.add("forgotten " + x.name); },
      [this](const link_received& x) {
        if (on_block_)
          on_block_(x);
        else
          log_.add(x.who.name + ": " + *x.bytes);
      },
    };
  }

private:
  hub_log& log_;
  std::function<void(const link_received&)> on_block_;
};

/// A whole node: system, tree, cluster, and a hub that records what it receives.
class cluster_node {
public:
  /// @param prepare is called when names can be registered, before another node can connect
  explicit cluster_node(cluster_options options, std::function<void(const link_received&)> on_block = {},
                        const std::function<void(cluster_node&)>& prepare = {}) {
    config_.load<io_scheduler>();
    config_.set("scheduler.max-threads", size_t{1});
    load_cluster(config_);
    telemetry_ = config_.hub().attach("*", [this](const telemetry_event& x) {
      const bool is_of_cluster = x.name.starts_with("cluster.") || x.name == "node.forgotten";
      if (is_of_cluster)
        events.add(std::string{x.name} + " " + std::string{x.text("node")});
      if (!x.name.starts_with("link."))
        return;
      events.add(std::string{x.name} + " " + std::string{x.text("peer")} + std::string{x.text("name")} + ": "
                 + std::string{x.text("why")});
    });
    system_.emplace(config_);
    const auto name = options.name;
    part_.emplace(*system_, std::move(options));
    names_.emplace(*system_, name);
    names_->join(part_->link());
    if (prepare)
      prepare(*this);
    part_->listen();
    supervisor_spec root{one_for_one};
    root.add(part_->supervised());
    tree_.emplace(root.start(*system_));
    hub_ = system_->spawn<hub_actor>(std::ref(log), std::move(on_block));
    part_->link().attend(hub_);
  }

  ~cluster_node() {
    tree_.reset();
    part_->link().attend(nullptr);
    signal_exit(hub_, exits::shutdown());
    hub_ = nullptr;
    for (const auto& x : own_)
      signal_exit(x, exits::kill());
    own_.clear();
    names_.reset();
    part_.reset();
    system_.reset();
  }

  /// Subscribes to the link again, as a restarted hub does.
  void attend_anew() { part_->link().attend(hub_); }

  tree_node tree() { return read_tree(*system_, tree_->root()).get(); }
  caf::actor_system& system() { return *system_; }
  global_names& names() { return *names_; }
  const global_names& names() const { return *names_; }

  /// Ends it with the node.
  const caf::actor& own(caf::actor x) {
    own_.push_back(std::move(x));
    return own_.back();
  }

  cluster_link& link() { return part_->link(); }
  cluster& part() { return *part_; }
  const std::string& address() const { return part_->address(); }

  bool send(const std::string& to, std::string text) {
    return link().send(to, std::make_shared<const std::string>(std::move(text)));
  }

  hub_log log;
  hub_log events;

private:
  config config_;
  telemetry::handler_id telemetry_ = 0;
  std::optional<caf::actor_system> system_;
  std::optional<cluster> part_;
  std::optional<global_names> names_;
  std::deque<caf::actor> own_;
  std::optional<supervision_tree> tree_;
  caf::actor hub_;
};

inline cluster_options with_peers(cluster_options options, std::vector<std::string> peers) {
  options.peers = std::move(peers);
  return options;
}

} // namespace bennu::test
