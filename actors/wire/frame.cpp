#include "actors/wire/frame.hpp"

#include <cstring>
#include <new>

namespace bennu::engine {

namespace {

// RFC 6455 §5.2: FIN and the opcode, then the length in 7, 7+16 or 7+64 bits. A server never masks.
size_t write_header(unsigned char* out, opcode kind, size_t size) {
  out[0] = static_cast<unsigned char>(0x80U | static_cast<unsigned>(kind));
  if (size < 126) {
    out[1] = static_cast<unsigned char>(size);
    return 2;
  }
  const size_t length_bytes = size <= 0xFFFF ? 2 : 8;
  out[1] = length_bytes == 2 ? 126 : 127;
  for (size_t i = 0; i < length_bytes; ++i)
    out[2 + i] = static_cast<unsigned char>(size >> (8 * (length_bytes - 1 - i)));
  return 2 + length_bytes;
}

} // namespace

frame::frame(opcode kind, size_t header_size, size_t size) noexcept
  : kind_(kind), header_size_(static_cast<uint8_t>(header_size)), size_(size) {}

void frame::destroy(const frame* x) noexcept {
  x->~frame();
  ::operator delete(const_cast<frame*>(x));
}

frame_ptr make_frame(opcode kind, std::initializer_list<std::string_view> parts) {
  size_t body_size = 0;
  for (const auto part : parts)
    body_size += part.size();
  unsigned char header[10];
  const auto header_size = write_header(header, kind, body_size);
  const auto size = header_size + body_size;
  auto* memory = ::operator new(sizeof(frame) + size);
  auto* result = new (memory) frame(kind, header_size, size);
  auto* pos = reinterpret_cast<char*>(result + 1);
  std::memcpy(pos, header, header_size);
  pos += header_size;
  for (const auto part : parts) {
    if (!part.empty())
      std::memcpy(pos, part.data(), part.size());
    pos += part.size();
  }
  return frame_ptr{result};
}

frame_ptr make_compressed_frame(opcode kind, std::string_view body) {
  auto result = make_frame(kind, {body});
  *const_cast<char*>(result->bytes()) |= 0x40; // no other thread can see the frame yet
  return result;
}

frame_ptr make_foreign_frame(opcode kind, std::string_view body) {
  auto result = make_frame(kind, {body});
  const_cast<frame*>(result.get())->is_foreign_ = true; // nor this one
  return result;
}

} // namespace bennu::engine
