#include "transport/websocket/deflate.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <new>
#include <utility>

#include <zlib.h>

#include "transport/http/field_list.hpp"

namespace bennu::engine {

namespace {

// The end of a sync flush, which RFC 7692 §7.2.1 omits.
constexpr std::string_view tail{"\x00\x00\xFF\xFF", 4};

// The bits of a window, 8 to 15, which may be quoted; 0 when there are none.
int window_of(std::string_view value) {
  if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
    value = value.substr(1, value.size() - 2);
  int bits = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), bits);
  const bool whole = error == std::errc{} && end == value.data() + value.size() && value.front() != '0';
  return whole && bits >= 8 && bits <= 15 ? bits : 0;
}

// The window for data to a client with this offer; nothing when the offer cannot be accepted. The window that a
// client uses does not matter here.
std::optional<int> acceptable(std::string_view offer) {
  if (take_part(offer, ';') != "permessage-deflate")
    return std::nullopt;
  int ours = 15;
  std::array<bool, 4> seen{};
  while (!offer.empty()) {
    auto value = take_part(offer, ';');
    const bool has_value = value.find('=') != std::string_view::npos;
    const auto name = take_part(value, '=');
    constexpr std::array<std::string_view, 4> known = {"server_no_context_takeover", "client_no_context_takeover",
                                                       "client_max_window_bits", "server_max_window_bits"};
    const auto which = static_cast<size_t>(std::find(known.begin(), known.end(), name) - known.begin());
    if (which == known.size() || std::exchange(seen[which], true))
      return std::nullopt;
    if (which == 3)
      ours = window_of(value);
    const bool fits = which < 2    ? !has_value
                      : which == 2 ? !has_value || window_of(value) != 0
                                   : has_value && ours >= 9;
    if (!fits)
      return std::nullopt;
  }
  return ours;
}

template <class T>
void set_input(z_stream& of, std::basic_string_view<T> bytes) {
  of.next_in = reinterpret_cast<Bytef*>(const_cast<T*>(bytes.data()));
  of.avail_in = static_cast<uInt>(bytes.size());
}

} // namespace

std::optional<deflate_terms> accept_deflate(const http_request& handshake) {
  for (auto& [name, value] : handshake.headers) {
    if (!same_token(name, "Sec-WebSocket-Extensions"))
      continue;
    for (std::string_view offers = value; !offers.empty();)
      if (const auto bits = acceptable(take_part(offers, ','))) {
        deflate_terms result{"permessage-deflate; server_no_context_takeover; client_no_context_takeover", *bits};
        if (*bits < 15)
          result.answer += "; server_max_window_bits=" + std::to_string(*bits);
        return result;
      }
  }
  return std::nullopt;
}

struct deflate::compressor {
  explicit compressor(int window_bits) {
    // Level 1: chat lines gain little from higher levels, and an io unit has other work.
    if (deflateInit2(&stream, 1, Z_DEFLATED, -window_bits, 8, Z_DEFAULT_STRATEGY) != Z_OK)
      throw std::bad_alloc{};
  }
  ~compressor() { deflateEnd(&stream); }
  compressor(const compressor&) = delete;
  compressor& operator=(const compressor&) = delete;

  z_stream stream{};
  frame_ptr last_from, last_to;
  std::array<char, 16384> buffer;
};

struct deflate::decompressor {
  decompressor() {
    if (inflateInit2(&stream, -15) != Z_OK)
      throw std::bad_alloc{};
  }
  ~decompressor() { inflateEnd(&stream); }
  decompressor(const decompressor&) = delete;
  decompressor& operator=(const decompressor&) = delete;

  z_stream stream{};
  std::array<char, 16384> buffer;
};

deflate::deflate() = default;

deflate::~deflate() = default;

frame_ptr deflate::compressed(const frame_ptr& x, int window_bits) {
  auto& to = out_[static_cast<size_t>(window_bits)];
  if (!to)
    to = std::make_unique<compressor>(window_bits);
  if (x == to->last_from)
    return to->last_to;
  auto& z = to->stream;
  deflateReset(&z);
  set_input(z, x->body());
  std::string body;
  do {
    z.next_out = reinterpret_cast<Bytef*>(to->buffer.data());
    z.avail_out = static_cast<uInt>(to->buffer.size());
    ::deflate(&z, Z_SYNC_FLUSH);
    body.append(to->buffer.data(), to->buffer.size() - z.avail_out);
  } while (z.avail_out == 0);
  body.resize(body.size() - tail.size());
  to->last_to = body.size() < x->body().size() ? make_compressed_frame(x->kind(), body) : x;
  to->last_from = x;
  return to->last_to;
}

deflate::result deflate::decompressed(std::string_view body, size_t max_bytes) {
  if (!in_)
    in_ = std::make_unique<decompressor>();
  auto& z = in_->stream;
  inflateReset(&z);
  result answer;
  for (const auto piece : {body, tail}) {
    set_input(z, piece);
    do {
      z.next_out = reinterpret_cast<Bytef*>(in_->buffer.data());
      z.avail_out = static_cast<uInt>(in_->buffer.size());
      const int code = inflate(&z, Z_SYNC_FLUSH);
      answer.message.append(in_->buffer.data(), in_->buffer.size() - z.avail_out);
      if (answer.message.size() > max_bytes)
        return {problem::too_big, {}};
      if (code == Z_STREAM_END) // a final block: the next one begins anew (§7.2.3.5 allows it)
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
