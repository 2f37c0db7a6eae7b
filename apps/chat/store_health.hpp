#pragma once

#include <functional>
#include <mutex>
#include <string>

namespace chat {

/// Whether the database serves, as the calls to it show. A failed write (a full disk) is over with the next write that
/// succeeds, not with a read.
/// Thread safety: any thread.
class store_health {
public:
  /// Is called when trouble begins, with its cause, and with an empty text when it is over.
  using listener = std::function<void(const std::string& trouble)>;

  /// To be called before the first call to the database.
  void listen(listener x) { listener_ = std::move(x); }

  void failed(bool in_write, const std::string& why);
  void succeeded(bool in_write);

  /// Why the database does not serve; empty when it does.
  std::string trouble() const;

private:
  mutable std::mutex mutex_;
  std::string trouble_;
  bool in_write_ = false;
  listener listener_ = [](const std::string&) {};
};

} // namespace chat
