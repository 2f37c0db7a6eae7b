#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace bennu::engine {

/// `text` for one line of a log: characters that would end the line, steer a terminal or reorder what is read (controls
/// of C0 and C1, line and paragraph separators, Unicode's bidirectional controls) and bytes that are not UTF-8 become
/// `\n` or `\xHH`, one for each byte. What would be longer than `max_bytes` is cut, at a whole character, and ends with
/// `…(N bytes)`, N being the length of `text`; or `whole_bytes`, of which `text` is then the beginning.
std::string printable(std::string_view text, size_t max_bytes, size_t whole_bytes = 0);

/// The same in quotation marks, with `"` and `\` escaped.
std::string quoted(std::string_view text, size_t max_bytes, size_t whole_bytes = 0);

} // namespace bennu::engine
