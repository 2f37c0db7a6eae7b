#include "actors/json/printable.hpp"

#include <doctest/doctest.h>

using namespace bennu::engine;

TEST_CASE("printable: letters of all scripts stay as they are") {
  CHECK(printable("Zoë says שלום, 你好 and 🐦", 100) == "Zoë says שלום, 你好 and 🐦");
}

TEST_CASE("printable: controls of every kind are shown as bytes") {
  CHECK(printable("a\tb\x7f", 100) == "a\\x09b\\x7f");
  CHECK(printable("\xc2\x9b"
                  "31m",
                  100)
        == "\\xc2\\x9b31m");                                  // U+009B, CSI
  CHECK(printable("\xe2\x80\xa8", 100) == "\\xe2\\x80\\xa8"); // U+2028, a line separator
  CHECK(printable("\xe2\x80\xae"
                  "evil",
                  100)
        == "\\xe2\\x80\\xaeevil");                            // U+202E, right to left
  CHECK(printable("\xe2\x81\xa6", 100) == "\\xe2\\x81\\xa6"); // U+2066
}

TEST_CASE("printable: bytes that are not UTF-8 are shown as bytes") {
  CHECK(printable("a\xff", 100) == "a\\xff");
  CHECK(printable("\xc3", 100) == "\\xc3");
  CHECK(printable("\xc0\xaf", 100) == "\\xc0\\xaf");
  CHECK(printable("\xed\xa0\x80", 100) == "\\xed\\xa0\\x80"); // a surrogate
}

TEST_CASE("printable: a text that is too long is cut at a whole character, and its length is shown") {
  CHECK(printable("12345", 5) == "12345");
  CHECK(printable("123456", 5) == "12345…(6 bytes)");
  CHECK(printable("1234ë", 5) == "1234…(6 bytes)");
  CHECK(printable("\n\n\n", 5) == "\\n\\n…(3 bytes)");
}

TEST_CASE("quoted: quotation marks and backslashes are escaped") {
  CHECK(quoted("say \"hi\" \\", 100) == "\"say \\\"hi\\\" \\\\\"");
}
