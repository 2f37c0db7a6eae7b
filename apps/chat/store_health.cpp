#include "apps/chat/store_health.hpp"

#include <utility>

namespace chat {

void store_health::failed(bool in_write, const std::string& why) {
  std::lock_guard guard{mutex_};
  in_write_ = in_write_ || in_write;
  if (std::exchange(trouble_, why.empty() ? "unknown" : why).empty())
    listener_(trouble_);
}

void store_health::succeeded(bool in_write) {
  std::lock_guard guard{mutex_};
  if (trouble_.empty() || (in_write_ && !in_write))
    return;
  trouble_.clear();
  in_write_ = false;
  listener_(trouble_);
}

std::string store_health::trouble() const {
  std::lock_guard guard{mutex_};
  return trouble_;
}

} // namespace chat
