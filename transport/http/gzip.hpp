#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace bennu::engine {

/// Whether a client with this `Accept-Encoding` takes gzip (RFC 9110 §12.5.3). One without the header does not.
bool accepts_gzip(std::string_view accept_encoding);

/// `bytes` in the format of gzip (RFC 1952). @throws std::bad_alloc.
std::string gzip(std::string_view bytes);

/// The compressed current versions of files, as many as fit into a number of bytes. When it is full, nothing that is
/// current makes room, because clients that ask for file after file would keep the server compressing.
///
/// Thread safety: any thread may use it.
class gzip_cache {
public:
  /// @param is_current whether a file still has this version. It is asked when the cache is full, at most once per
  /// minute, and may be called on any thread that adds.
  gzip_cache(size_t max_bytes, std::function<bool(const std::string& path, const std::string& version)> is_current)
    : max_bytes_(max_bytes), is_current_(std::move(is_current)) {}

  using text = std::shared_ptr<const std::string>;

  /// The compressed text of this version; null when it is not here.
  text find(const std::string& path, const std::string& version) const;

  /// Compresses `bytes` and keeps the result instead of any other version of the same file.
  /// @returns null, without compressing, when `bytes` might not fit or another thread compresses this version.
  text add(const std::string& path, const std::string& version, std::string_view bytes);

  /// The bytes of all texts and of those that are being compressed, uncompressed.
  size_t bytes() const;

private:
  struct entry {
    std::string version;
    size_t bytes; ///< until there is a text: the most that it may have
    text compressed;
  };
  using entries = std::unordered_map<std::string, entry>;

  bool reserve(const std::string& path, const std::string& version, size_t bytes);
  void settle(const std::string& path, const std::string& version, const text& result);
  void drop(entries::iterator x);
  void drop_outdated();

  const size_t max_bytes_;
  const std::function<bool(const std::string&, const std::string&)> is_current_;
  mutable std::mutex mutex_;
  entries entries_; ///< by path
  size_t bytes_ = 0;
  std::chrono::steady_clock::time_point next_look_{}; ///< for outdated entries
};

} // namespace bennu::engine
