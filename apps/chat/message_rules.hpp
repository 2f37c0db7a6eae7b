#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "apps/chat/word_filter.hpp"

namespace chat {

inline constexpr size_t max_message_bytes = 1000;

/// What the rules say of the text of a message.
enum class verdict : uint8_t { fine, blank, too_long, control_characters, inappropriate };

/// REQUIRES: `body` has its `message_form`.
verdict judge_message(std::string_view body, const word_filter& filter);

/// The text of a message as it is stored and told: without characters that hide or reorder what others read (see
/// `text_rules.hpp`).
std::string message_form(std::string_view body);

/// The names that `body` mentions as `@name`, each once (without case), in their order, at most 20. An `@` inside of a
/// word, as in a mail address, mentions nobody.
std::vector<std::string> mentions_in(std::string_view body);

} // namespace chat
