#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace chat {

/// What Unicode says of text that comes from clients. The properties are those of ICU
/// (https://www.unicode.org/reports/tr44/).
///
/// All functions take UTF-8. Bytes that are not UTF-8 count as one control character each.
/// Thread safety: any thread.

/// Removes the code point at the start of `text` and returns it; negative for bytes that are not UTF-8.
/// REQUIRES: `text` is not empty.
int take_code_point(std::string_view& text) noexcept;

size_t count_code_points(std::string_view text) noexcept;

/// A letter, a mark on a letter, or a decimal digit, of any script.
bool is_letter_or_digit(int code_point) noexcept;

/// A mark that stands on or around the character before it.
bool is_mark(int code_point) noexcept;

/// Whether a reader sees nothing: white space, control characters, default ignorable characters (such as U+00AD,
/// U+200B, U+3164, U+E0020), and characters with an empty glyph (such as U+2800).
bool is_blank(std::string_view text) noexcept;

/// Whether there is a control character except tabs and line breaks.
bool has_control_characters(std::string_view text) noexcept;

/// Whether a text is one line and hides nothing: no control characters, no line breaks, no bidirectional controls,
/// and no invisible characters except those that belong to visible ones (joiners, variation selectors, the tags of a
/// flag).
bool is_clean_line(std::string_view text) noexcept;

/// The text without characters that hide or reorder it: bidirectional embeddings, overrides and isolates (such as
/// U+202E), and invisible characters that belong to no visible one. Characters that shape text stay: joiners,
/// variation selectors, direction marks.
std::string without_hidden_characters(std::string_view text);

/// Normalization form C, in which a letter with an accent is the same text however it was typed.
std::string normalized(std::string_view text);

/// The form in which names and words are compared: NFKC_Casefold, which ignores case, width and invisible characters.
/// For ASCII it is the lower case.
std::string folded(std::string_view text);

std::string upper_case(std::string_view text);

/// Whether a word mixes scripts that are not used together, such as Latin and Cyrillic: a name that looks like
/// another one. UTS #39, "highly restrictive".
bool mixes_scripts(std::string_view word);

} // namespace chat
