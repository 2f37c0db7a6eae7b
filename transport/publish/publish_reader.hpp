#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/json/scanner.hpp"
#include "transport/publish/commands.hpp"

namespace bennu::engine {

/// What is wrong with the messages of a list, by their index.
class complaints {
public:
  void add(size_t index, std::string_view reason);
  bool empty() const noexcept { return list_.empty(); }
  size_t bytes() const noexcept { return list_.size(); }
  http_response answer(unsigned status) const;

private:
  std::string list_;
};

/// Reads the messages in the body of `POST publish` part by part, so that a large body occupies no thread for long: an
/// object `{"topic","event","payload"}`, or a list of them. The payloads keep their text. Nothing is recursive, so that
/// no depth of the JSON can overflow the stack.
///
/// A plain value over a body that it does not own. Complexity: O(size) in all. Thread safety: none.
class publish_reader {
public:
  /// REQUIRES: `body` and `by` outlive it, and it is not moved after the first call of `read_some`.
  publish_reader(std::string_view body, const known_key& by) noexcept : in_(body), by_(by) {}

  /// Reads on until it has read so many bytes, or all. One message is not divided.
  /// @returns whether it is finished.
  bool read_some(size_t bytes);

  /// The heap memory of what it has read so far.
  size_t bytes() const noexcept { return bytes_ + bad_.bytes() + forbidden_.bytes(); }

  /// The messages, or the answer that refuses them: 400 for what is no JSON, 413 for too many messages, 422 with the
  /// index and the reason of each bad one, 403 with the index of each topic that the key may not use.
  /// REQUIRES: `read_some` has returned true.
  checked<std::vector<publish_command>> take();

private:
  bool read_next();
  bool finish(std::string_view problem);
  void read(std::string_view text);

  json_scanner in_;
  const known_key& by_;
  std::vector<publish_command> messages_;
  complaints bad_, forbidden_;
  size_t count_ = 0;
  size_t bytes_ = 0;
  bool has_begun_ = false, is_list_ = false;
  std::optional<http_response> fault_;
};

/// The whole body at once; see `publish_reader::take`.
checked<std::vector<publish_command>> read_publish(std::string_view body, const known_key& by);

/// The heap memory of a message, about: its texts, and what the allocator and the list add.
size_t size_of(const publish_command& x) noexcept;

} // namespace bennu::engine
