#include "transport/websocket/deflate.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

#include <strings.h>
#include <zlib.h>

namespace bennu::engine {

namespace {

// What a sync flush ends with; RFC 7692 §7.2.1 leaves it out.
constexpr std::string_view tail{"\x00\x00\xFF\xFF", 4};

std::string_view trimmed(std::string_view x) {
  const auto first = x.find_first_not_of(" \t");
  return first == std::string_view::npos ? std::string_view{} : x.substr(first, x.find_last_not_of(" \t") - first + 1);
}

// Takes the part before `by` off the front of `x`.
std::string_view take(std::string_view& x, char by) {
  const auto end = x.find(by);
  const auto result = trimmed(x.substr(0, end));
  x = end == std::string_view::npos ? std::string_view{} : x.substr(end + 1);
  return result;
}

bool is_window(std::string_view value) {
  if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
    value = value.substr(1, value.size() - 2);
  return value == "8" || value == "9" || (value.size() == 2 && value[0] == '1' && value[1] >= '0' && value[1] <= '5');
}

// Our window is of 15 bits: an offer that wants it smaller is passed by (§7.1.2.1). A client's smaller one is no matter of ours.
bool acceptable(std::string_view offer) {
  if (take(offer, ';') != "permessage-deflate")
    return false;
  std::array<bool, 4> seen{};
  while (!offer.empty()) {
    auto value = take(offer, ';');
    const bool has_value = value.find('=') != std::string_view::npos;
    const auto name = take(value, '=');
    constexpr std::array<std::string_view, 4> known = {"server_no_context_takeover", "client_no_context_takeover",
                                                       "client_max_window_bits", "server_max_window_bits"};
    const auto which = static_cast<size_t>(std::find(known.begin(), known.end(), name) - known.begin());
    if (which == known.size() || std::exchange(seen[which], true))
      return false;
    const bool fits = which < 2    ? !has_value
                      : which == 2 ? !has_value || is_window(value)
                                   : has_value && (value == "15" || value == "\"15\"");
    if (!fits)
      return false;
  }
  return true;
}

template <class T>
void set_input(z_stream& of, std::basic_string_view<T> bytes) {
  of.next_in = reinterpret_cast<Bytef*>(const_cast<T*>(bytes.data()));
  of.avail_in = static_cast<uInt>(bytes.size());
}

} // namespace

std::optional<std::string> accept_deflate(const http_request& handshake) {
  for (auto& [name, value] : handshake.headers) {
    if (name.size() != 24 || ::strncasecmp(name.data(), "Sec-WebSocket-Extensions", 24) != 0)
      continue;
    for (std::string_view offers = value; !offers.empty();)
      if (acceptable(take(offers, ',')))
        return "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
  }
  return std::nullopt;
}

struct deflate::streams {
  streams() {
    // Level 1: chat lines gain little from more, and an io unit has other things to do.
    if (deflateInit2(&out, 1, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) != Z_OK || inflateInit2(&in, -15) != Z_OK)
      throw std::runtime_error("zlib has no memory to begin");
  }
  ~streams() {
    deflateEnd(&out);
    inflateEnd(&in);
  }
  streams(const streams&) = delete;
  streams& operator=(const streams&) = delete;

  z_stream out{}, in{};
  std::array<char, 16384> buffer;
};

deflate::deflate() = default;

deflate::~deflate() = default;

frame_ptr deflate::compressed(const frame_ptr& x) {
  if (x == last_from_)
    return last_to_;
  if (!streams_)
    streams_ = std::make_unique<streams>();
  auto& z = streams_->out;
  deflateReset(&z);
  set_input(z, x->body());
  std::string body;
  do {
    z.next_out = reinterpret_cast<Bytef*>(streams_->buffer.data());
    z.avail_out = static_cast<uInt>(streams_->buffer.size());
    ::deflate(&z, Z_SYNC_FLUSH);
    body.append(streams_->buffer.data(), streams_->buffer.size() - z.avail_out);
  } while (z.avail_out == 0);
  body.resize(body.size() - tail.size());
  last_to_ = body.size() < x->body().size() ? make_compressed_frame(x->kind(), body) : x;
  last_from_ = x;
  return last_to_;
}

deflate::result deflate::decompressed(std::string_view body, size_t max_bytes) {
  if (!streams_)
    streams_ = std::make_unique<streams>();
  auto& z = streams_->in;
  inflateReset(&z);
  result answer;
  for (const auto piece : {body, tail}) {
    set_input(z, piece);
    do {
      z.next_out = reinterpret_cast<Bytef*>(streams_->buffer.data());
      z.avail_out = static_cast<uInt>(streams_->buffer.size());
      const int code = inflate(&z, Z_SYNC_FLUSH);
      answer.message.append(streams_->buffer.data(), streams_->buffer.size() - z.avail_out);
      if (answer.message.size() > max_bytes)
        return {problem::too_big, {}};
      if (code == Z_STREAM_END) // a final block: what follows begins anew (§7.2.3.5 allows it)
        inflateReset(&z);
      else if (code != Z_OK && code != Z_BUF_ERROR)
        return {problem::malformed, {}};
      else if (code == Z_BUF_ERROR)
        break;
    } while (z.avail_in > 0 || z.avail_out == 0);
  }
  return answer;
}

} // namespace bennu::engine
