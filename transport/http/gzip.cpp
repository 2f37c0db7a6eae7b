#include "transport/http/gzip.hpp"

#include <algorithm>
#include <new>
#include <utility>

#include <strings.h>
#include <zlib.h>

namespace bennu::engine {

namespace {

std::string_view without_space(std::string_view x) {
  const auto first = x.find_first_not_of(" \t");
  return first == std::string_view::npos ? std::string_view{} : x.substr(first, x.find_last_not_of(" \t") - first + 1);
}

bool same_word(std::string_view x, std::string_view y) {
  return x.size() == y.size() && ::strncasecmp(x.data(), y.data(), x.size()) == 0;
}

// A weight of zero (`q=0`, `q=0.000`) refuses.
bool is_refused(std::string_view parameters) {
  const auto weight = parameters.find("q=");
  return weight != std::string_view::npos
         && parameters.substr(weight + 2).find_first_of("123456789") == std::string_view::npos;
}

} // namespace

bool accepts_gzip(std::string_view accept_encoding) {
  bool any = false;
  while (!accept_encoding.empty()) {
    const auto end = std::min(accept_encoding.find(','), accept_encoding.size());
    const auto element = accept_encoding.substr(0, end);
    accept_encoding.remove_prefix(std::min(end + 1, accept_encoding.size()));
    const auto semicolon = std::min(element.find(';'), element.size());
    const auto coding = without_space(element.substr(0, semicolon));
    const bool refused = is_refused(element.substr(semicolon));
    if (same_word(coding, "gzip"))
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

gzip_cache::text gzip_cache::find(const std::string& name) const {
  std::lock_guard guard{mutex_};
  const auto found = texts_.find(name);
  return found == texts_.end() ? nullptr : found->second;
}

gzip_cache::text gzip_cache::add(const std::string& name, std::string_view bytes) {
  auto result = std::make_shared<const std::string>(gzip(bytes)); // without the lock
  std::lock_guard guard{mutex_};
  if (result->size() > max_bytes_ || !texts_.emplace(name, result).second)
    return result;
  names_.push_back(name);
  bytes_ += result->size();
  make_room();
  return result;
}

void gzip_cache::make_room() {
  while (bytes_ > max_bytes_) {
    const auto oldest = texts_.find(names_.front());
    bytes_ -= oldest->second->size();
    texts_.erase(oldest);
    names_.pop_front();
  }
}

size_t gzip_cache::bytes() const {
  std::lock_guard guard{mutex_};
  return bytes_;
}

} // namespace bennu::engine
