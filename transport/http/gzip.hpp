#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace bennu::engine {

/// Whether a client with this `Accept-Encoding` takes gzip (RFC 9110 §12.5.3). One without the header does not.
bool accepts_gzip(std::string_view accept_encoding);

/// `bytes` in the format of gzip (RFC 1952). @throws std::bad_alloc.
std::string gzip(std::string_view bytes);

/// Compressed texts by name, as many as fit into a number of bytes; the oldest go first.
///
/// Thread safety: any thread may use it.
class gzip_cache {
public:
  explicit gzip_cache(size_t max_bytes) noexcept : max_bytes_(max_bytes) {}

  using text = std::shared_ptr<const std::string>;

  /// The compressed text of this name; null when it is not here.
  text find(const std::string& name) const;

  /// Compresses `bytes` and keeps the result. A text that is larger than all may be is not kept.
  text add(const std::string& name, std::string_view bytes);

  size_t bytes() const;

private:
  void make_room();

  const size_t max_bytes_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, text> texts_;
  std::deque<std::string> names_; ///< the oldest first
  size_t bytes_ = 0;
};

} // namespace bennu::engine
