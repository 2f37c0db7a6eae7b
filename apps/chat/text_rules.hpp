#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace chat {

/// Refuses texts that contain one of its words as a whole word. It compares `folded` forms, so that neither case nor
/// invisible characters hide a word.
/// Thread safety: any thread; immutable.
class word_filter {
public:
  /// An empty filter, which refuses nothing.
  word_filter() = default;

  /// Reads one word per line. Empty lines and lines that begin with `#` are skipped.
  static word_filter from_text(std::string_view text);

  /// @throws std::runtime_error when the file cannot be read.
  static word_filter from_file(const std::string& path);

  bool refuses(std::string_view utf8) const;

private:
  std::unordered_set<std::string> words_;
};

/// Functions that judge and change text from clients. The properties of characters are those of ICU
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

inline constexpr size_t max_message_bytes = 1000;

/// The verdict of the rules on the text of a message.
enum class verdict : uint8_t { fine, blank, too_long, control_characters, inappropriate };

/// REQUIRES: `body` has its `message_form`.
verdict judge_message(std::string_view body, const word_filter& filter);

/// The text of a message as it is stored and told: without characters that hide or reorder what others read (see
/// `text_rules.hpp`).
std::string message_form(std::string_view body);

/// The names that `body` mentions as `@name`, each once (without case), in their order, at most 20. An `@` inside of a
/// word, as in a mail address, mentions nobody.
std::vector<std::string> mentions_in(std::string_view body);

inline constexpr size_t max_name_characters = 32;

/// The characters of user names: letters and digits of any script, `_` and `-`.
bool is_name_character(int code_point) noexcept;

/// A user name as it is stored: `normalized`, so that a letter with an accent is the same letter however it was typed.
std::string name_form(std::string_view name);

/// The form in which names are compared: without case.
std::string name_key(std::string_view name);

/// What is wrong with a user name, in words for its user; nothing when it may be used. A name is 1 to 32 characters
/// long and keeps to scripts that are written together, so that no name can be made to look like another one by
/// borrowing letters.
/// REQUIRES: `name` has its `name_form`.
std::optional<std::string> complaint_about_name(std::string_view name);

/// The same for a password. It has 8 to 1024 bytes; the maximum limits the cost of hashing.
std::optional<std::string> complaint_about_password(std::string_view password);

/// Likewise for the id of a room or a game: 1-64 ASCII letters, digits, `_` and `-`, since it stands in topics and
/// addresses.
std::optional<std::string> complaint_about_id(std::string_view id);

/// Likewise for the name of a room: one line of 1-64 bytes that shows something and hides nothing.
std::optional<std::string> complaint_about_room_name(std::string_view name);

/// Likewise for a status: one line of at most 64 bytes that hides nothing. It may be empty.
std::optional<std::string> complaint_about_status(std::string_view status);

} // namespace chat
