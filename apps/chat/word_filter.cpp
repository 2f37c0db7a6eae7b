#include "apps/chat/word_filter.hpp"

#include <locale.h>
#include <wctype.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace chat {

namespace {

// C.UTF-8 is built into glibc and knows the letters of all scripts; the program's own locale stays as it is.
locale_t unicode() {
  static const locale_t locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  if (!locale)
    throw std::runtime_error("this system has no locale C.UTF-8");
  return locale;
}

// The next code point of valid UTF-8; a stray byte stands for itself.
wint_t next_code_point(std::string_view& text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const size_t size = lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  wint_t x = size == 1 ? lead : lead & (0xffu >> (size + 1));
  for (size_t i = 1; i < size && i < text.size(); ++i)
    x = (x << 6) | (static_cast<unsigned char>(text[i]) & 0x3fu);
  text.remove_prefix(std::min(size, text.size()));
  return x;
}

void append(std::string& out, wint_t x) {
  auto tail = [&](int shift) { out += static_cast<char>(0x80u | ((x >> shift) & 0x3fu)); };
  if (x < 0x80)
    return out.push_back(static_cast<char>(x));
  if (x < 0x800) {
    out += static_cast<char>(0xc0u | (x >> 6));
    return tail(0);
  }
  if (x < 0x10000) {
    out += static_cast<char>(0xe0u | (x >> 12));
  } else {
    out += static_cast<char>(0xf0u | (x >> 18));
    tail(12);
  }
  tail(6);
  tail(0);
}

} // namespace

std::string fold_case(std::string_view utf8) {
  std::string folded;
  folded.reserve(utf8.size());
  while (!utf8.empty())
    append(folded, towlower_l(next_code_point(utf8), unicode()));
  return folded;
}

word_filter word_filter::from_text(std::string_view text) {
  word_filter made;
  while (!text.empty()) {
    auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    while (!line.empty() && (line.back() == '\r' || line.back() == ' '))
      line.remove_suffix(1);
    if (!line.empty() && line.front() != '#')
      made.words_.insert(fold_case(line));
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
  std::string word;
  while (!utf8.empty()) {
    const auto x = next_code_point(utf8);
    if (iswalnum_l(x, unicode())) {
      append(word, towlower_l(x, unicode()));
      continue;
    }
    if (words_.contains(word))
      return true;
    word.clear();
  }
  return words_.contains(word);
}

} // namespace chat
