#include <algorithm>
#include <array>
#include <string>

#include "apps/bench/message.hpp"
#include "apps/bench/siege/attacks.hpp"

namespace bennu::bench {

namespace {

// 8 MB, the usual bound of a server, are sent within 16 s, about the time that a server grants a request.
constexpr size_t body_pace = size_t{512} << 10;
constexpr size_t most_accepted = 8'000'000;

/// Sends the header of something large, then all of it except the last byte, which never comes.
class without_end : public attacker {
public:
  using attacker::attacker;

protected:
  /// The header, and how much may follow it.
  virtual std::string header() = 0;
  virtual size_t size() const { return most_accepted; }

  std::string opening() final {
    left_ = size() - 1;
    return header();
  }
  void act() final { left_ -= send_filling(std::min(left_, body_pace)); }

private:
  size_t left_ = 0;
};

std::string post(const std::string& path, const std::string& length) {
  return "POST " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n" + length + "\r\n\r\n";
}

struct bodies final : without_end {
  using without_end::without_end;
  std::string header() override {
    static const std::array<std::string, 5> requests = {
      post("/socket/longpoll?vsn=2.0.0", "Content-Length: 8000000"),
      post("/socket/longpoll?vsn=2.0.0", "Transfer-Encoding: chunked") + "7a1200\r\n",
      post("/nothing", "Content-Length: 8000000"),
      post("/api/users", "Content-Length: 8000000"),
      post("/socket/longpoll?vsn=2.0.0", "Content-Length: 99999999999"),
    };
    return requests[number() % requests.size()];
  }
};

/// A frame's header that promises `size` bytes, with a mask of zeros.
std::string promise(unsigned char first, uint64_t size) {
  std::string result{static_cast<char>(first), static_cast<char>(0x80 | 127)};
  for (int i = 7; i >= 0; --i)
    result += static_cast<char>(size >> (8 * i));
  return result + std::string(4, '\0');
}

struct unfinished final : without_end {
  using without_end::without_end;
  std::string header() override {
    constexpr unsigned char final_text = 0x81, first_text = 0x01;
    const std::string path = "/socket/websocket?vsn=2.0.0";
    return upgrade_request(field().is_chat() ? path + "&token=" + token() : path)
           + promise(number() % 2 == 0 ? final_text : first_text, size());
  }
  size_t size() const override { return size_t{8} << 20; }
};

// One byte in each fragment, and no fragment is the last.
struct fragments final : websocket_attacker {
  using websocket_attacker::websocket_attacker;
  void act() override {
    constexpr int a_second = 5'000;
    constexpr std::string_view fragment{"\x00\x81\0\0\0\0x", 7};
    if (!begun_)
      write({"\x01\x81\0\0\0\0x", 7});
    begun_ = true;
    for (int i = 0; i < a_second; ++i)
      write(fragment);
  }
  std::string opening() override {
    begun_ = false;
    return websocket_attacker::opening();
  }

private:
  bool begun_ = false;
};

} // namespace

std::vector<attack> attacks_on_bodies() {
  return {
    make_attack<bodies>("bodies", "sends large request bodies, to any path, that never end"),
    make_attack<unfinished>("unfinished", "sends WebSocket messages of 8 MiB without their last byte"),
    make_attack<fragments>("fragments", "sends WebSocket messages in fragments of one byte, without an end"),
  };
}

} // namespace bennu::bench
