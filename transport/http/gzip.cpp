#include "transport/http/gzip.hpp"

#include <new>

#include <zlib.h>

#include "transport/http/field_list.hpp"

namespace bennu::engine {

namespace {

// A weight of zero (`q=0`, `q=0.000`) refuses (RFC 9110 §12.4.2).
bool is_refused(std::string_view parameters) {
  while (!parameters.empty()) {
    auto value = take_part(parameters, ';');
    if (same_token(take_part(value, '='), "q"))
      return value.find_first_of("123456789") == std::string_view::npos;
  }
  return false;
}

} // namespace

bool accepts_gzip(std::string_view accept_encoding) {
  bool any = false;
  while (!accept_encoding.empty()) {
    auto parameters = take_part(accept_encoding, ',');
    const auto coding = take_part(parameters, ';');
    const bool refused = is_refused(parameters);
    if (same_token(coding, "gzip"))
      return !refused;
    any = any || (coding == "*" && !refused);
  }
  return any;
}

std::string gzip(std::string_view bytes) {
  constexpr int gzip_format = 16 + MAX_WBITS; // zlib.h, deflateInit2
  constexpr int memory_level = 8;             // zlib's default
  z_stream stream{};
  if (::deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, gzip_format, memory_level, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::bad_alloc{};
  std::string result;
  result.resize(::deflateBound(&stream, static_cast<uLong>(bytes.size())));
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(result.data());
  stream.avail_out = static_cast<uInt>(result.size());
  ::deflate(&stream, Z_FINISH); // cannot fail: the output has room for all
  result.resize(stream.total_out);
  ::deflateEnd(&stream);
  result.shrink_to_fit();
  return result;
}

gzip_cache::text gzip_cache::find(const std::string& path, const std::string& version) const {
  std::lock_guard guard{mutex_};
  const auto found = entries_.find(path);
  return found == entries_.end() || found->second.version != version ? nullptr : found->second.compressed;
}

gzip_cache::text gzip_cache::add(const std::string& path, const std::string& version, std::string_view bytes) {
  constexpr size_t most_of_header = 18; // RFC 1952 §2.3, with the trailer
  if (!reserve(path, version, ::compressBound(static_cast<uLong>(bytes.size())) + most_of_header))
    return nullptr;
  text result;
  try {
    result = std::make_shared<const std::string>(gzip(bytes)); // without the lock
  } catch (...) {
    settle(path, version, nullptr);
    throw;
  }
  settle(path, version, result);
  return result;
}

bool gzip_cache::reserve(const std::string& path, const std::string& version, size_t bytes) {
  std::lock_guard guard{mutex_};
  if (const auto other = entries_.find(path); other != entries_.end()) {
    if (other->second.version == version)
      return false;
    drop(other);
  }
  if (bytes_ + bytes > max_bytes_)
    drop_outdated();
  if (bytes_ + bytes > max_bytes_)
    return false;
  entries_.emplace(path, entry{version, bytes, nullptr});
  bytes_ += bytes;
  return true;
}

// Turns the reservation into the text. Another version may have replaced it since.
void gzip_cache::settle(const std::string& path, const std::string& version, const text& result) {
  std::lock_guard guard{mutex_};
  const auto mine = entries_.find(path);
  if (mine == entries_.end() || mine->second.version != version || mine->second.compressed)
    return;
  if (!result)
    return drop(mine);
  bytes_ = bytes_ - mine->second.bytes + result->size();
  mine->second.bytes = result->size();
  mine->second.compressed = result;
}

void gzip_cache::drop(entries::iterator x) {
  bytes_ -= x->second.bytes;
  entries_.erase(x);
}

// Files that were replaced under another name, or removed, would fill the cache for ever.
void gzip_cache::drop_outdated() {
  constexpr auto between_looks = std::chrono::minutes{1}; // a look reads the state of every file
  const auto now = std::chrono::steady_clock::now();
  if (now < next_look_)
    return;
  next_look_ = now + between_looks;
  for (auto i = entries_.begin(); i != entries_.end();) {
    const auto x = i++;
    if (!is_current_(x->first, x->second.version))
      drop(x);
  }
}

size_t gzip_cache::bytes() const {
  std::lock_guard guard{mutex_};
  return bytes_;
}

} // namespace bennu::engine
