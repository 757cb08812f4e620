#include "common/base/terminal_text.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

TEST(TerminalTextTest, ControlCharactersAreBlanks) {
  EXPECT_EQ(WithoutControls("a\tb\r\n\x1b[2J\x7f"), "a b   [2J ");
  EXPECT_EQ(WithoutControls(std::string_view("\0x", 2)), " x");
  EXPECT_EQ(WithoutControls("\xc2\x9b"
                            "2J\xc2\xa0größe 中"),
            " 2J\xc2\xa0größe 中");
  EXPECT_EQ(WithoutControls(""), "");
}

TEST(TerminalTextTest, BytesThatAreNoUtf8HideNoControlCharacter) {
  EXPECT_EQ(WithoutControls("a\x9b"
                            "2J"),
            "a 2J");
  EXPECT_EQ(WithoutControls("\xc0\x9b[2J"), " [2J");
}

TEST(TerminalTextTest, WidthIsThatOfATerminal) {
  EXPECT_EQ(DisplayWidth("größe"), 5u);
  EXPECT_EQ(DisplayWidth("中文 한글 ｶﾅ カナ"), 4 + 1 + 4 + 1 + 2 + 1 + 4u);
  EXPECT_EQ(DisplayWidth("e\u0301\u200b"), 1u);
  EXPECT_EQ(DisplayWidth("😀"), 2u);
  EXPECT_EQ(DisplayWidth(""), 0u);
}

TEST(TerminalTextTest, APrefixEndsBetweenCharacters) {
  EXPECT_EQ(DisplayPrefix("größe", 3), "grö");
  EXPECT_EQ(DisplayPrefix("a中文", 4), "a中");
  EXPECT_EQ(DisplayPrefix("e\u0301x", 1), "e\u0301");
  EXPECT_EQ(DisplayPrefix("abc", 10), "abc");
  EXPECT_EQ(DisplayPrefix("中", 1), "");
}

}  // namespace
}  // namespace millrace
