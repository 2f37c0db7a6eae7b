#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include <bennu/transport/server_options.hpp>

namespace bennu::test {

/// A server within this program, for options of sockets that the probe does not use. Its sockets:
///
/// | path       | what is special                                                                                     |
/// | ---        | ---                                                                                                 |
/// | `/info`    | event `info` is answered with the `connect_info`; `refuse=N` is refused with status N and JSON      |
/// |            | `throw=connect`, `connect_other` or `id`: that callback throws                                      |
/// | `/slow`    | one hour allows 2 joins, 3 events and 1000 bytes; on topics `strict:*` 1 join and 1 event           |
/// | `/expires` | connections expire after the connect param `ms`, or `{"ms": N}` of a refresh; grace time 300 ms     |
/// | `/renews`  | the same with a grace time of ten minutes                                                           |
/// | `/deflate` | permessage-deflate                                                                                  |
/// | `/latest`  | new messages replace the oldest waiting ones; a client that reads nothing for 300 ms is cut off     |
/// | `/pinged`  | a client is pinged after 100 ms of silence, and closed after a second                               |
/// | `/brief`   | a poll waits for a second                                                                           |
/// | `/named`   | connect param `id` is the id of the socket, which may have two connections                          |
/// | `/own`     | v2 is `odd_serializer`: it fails on demand, and a binary body is the whole binary message           |
///
/// Routes: POST `/form` and `/upload` answer with the number of bytes that they received (at most 64 KiB and 8 MB); GET
/// `/block` blocks its io unit until `release` is called; GET `/throws` throws, with `?other` no std::exception.
///
/// Topics `echo:*` (and `strict:*`): `echo` replies its payload, `shout` broadcasts it, `fail` throws, `wait` with
/// `{"s": N}` blocks for N seconds while later events of its client wait. On `/info` and `/own` topics `log:*` are the
/// same with history.
class lab {
public:
  /// @param differ changes the options of the server
  explicit lab(const std::function<void(server_options&)>& differ = [](server_options&) {});
  ~lab();

  uint16_t port() const;

  /// Waits until the handler of `/block` blocks its io unit. One request of a lab may block.
  void await_block();

  /// Lets the handler of `/block` go on.
  void release();

  /// How often it has reported that this limit was hit.
  int hits(const std::string& limit) const;

  /// How often it told of this event.
  int events(const std::string& name) const;

private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

/// The lab that most tests share.
uint16_t lab_port();
int limit_hits(const std::string& limit);

/// Ends it, if it was started.
void end_lab();

} // namespace bennu::test
