#include "apps/chat/word_filter.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "apps/chat/text_rules.hpp"

namespace chat {

word_filter word_filter::from_text(std::string_view text) {
  word_filter made;
  while (!text.empty()) {
    auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    while (!line.empty() && (line.back() == '\r' || line.back() == ' '))
      line.remove_suffix(1);
    if (!line.empty() && line.front() != '#')
      made.words_.insert(folded(line));
  }
  return made;
}

word_filter word_filter::from_file(const std::string& path) {
  std::ifstream in{path, std::ios::binary};
  if (!in)
    throw std::runtime_error("cannot read the word list " + path);
  return from_text(std::string{std::istreambuf_iterator<char>{in}, {}});
}

bool word_filter::refuses(std::string_view utf8) const {
  if (words_.empty())
    return false;
  const auto text = folded(utf8);
  std::string_view rest{text}, word_start{rest};
  while (!rest.empty()) {
    const auto here = rest;
    if (is_letter_or_digit(take_code_point(rest)))
      continue;
    if (words_.contains(std::string{word_start.substr(0, word_start.size() - here.size())}))
      return true;
    word_start = rest;
  }
  return words_.contains(std::string{word_start});
}

} // namespace chat
