#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "apps/chat/word_filter.hpp"

namespace chat {

inline constexpr size_t max_message_bytes = 1000;

/// What the rules say of the text of a message.
enum class verdict : uint8_t { fine, blank, too_long, inappropriate };

verdict judge_message(std::string_view body, const word_filter& filter);

/// The names that `body` mentions as `@name`, each once (without case), in their order, at most 20. An `@` inside of a word, as in a mail
/// address, mentions nobody.
std::vector<std::string> mentions_in(std::string_view body);

} // namespace chat
