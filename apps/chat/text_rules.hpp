#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace chat {

/// What Unicode says of text that comes from clients. The properties are those of ICU (https://www.unicode.org/reports/tr44/).
///
/// All functions take UTF-8. Bytes that are not UTF-8 count as one control character each.
/// Thread safety: any thread.

/// The code point at the start of `text`, which is removed from it. Bytes that are not UTF-8 give a negative number.
/// REQUIRES: `text` is not empty.
int take_code_point(std::string_view& text) noexcept;

size_t count_code_points(std::string_view text) noexcept;

/// A letter, a mark on a letter, or a decimal digit, of any script.
bool is_letter_or_digit(int code_point) noexcept;

/// A mark that stands on or around the character before it.
bool is_mark(int code_point) noexcept;

/// True when a reader sees nothing: white space, control characters, Unicode's default ignorable characters (such as U+00AD, U+200B,
/// U+3164, U+E0020), and those whose picture is empty (such as U+2800).
bool is_blank(std::string_view text) noexcept;

/// True when there is a control character other than the tabulator and the ends of lines.
bool has_control_characters(std::string_view text) noexcept;

/// True for a text that stands in one line and hides nothing: no control characters, no ends of lines, no bidirectional controls, no
/// invisible characters but those that belong to what is visible (joiners, variation selectors, the tags of a flag).
bool is_clean_line(std::string_view text) noexcept;

/// The text without the characters that hide or reorder it: bidirectional embeddings, overrides and isolates (such as U+202E), and
/// invisible characters that belong to nothing visible. What shapes text stays: joiners, variation selectors, direction marks.
std::string without_hidden_characters(std::string_view text);

/// The normal form C, in which a letter with its accent is one text, however it was typed.
std::string normalized(std::string_view text);

/// The form in which names and words are compared: NFKC_Casefold, which knows no case, no width and no invisible characters.
/// For ASCII it is the lower case.
std::string folded(std::string_view text);

std::string upper_case(std::string_view text);

/// True when letters of scripts that are not written together stand in one word, such as Latin and Cyrillic ones: a name that looks like
/// another name. UTS #39, "highly restrictive".
bool mixes_scripts(std::string_view word);

} // namespace chat
