#include "scanner/layers/program_text.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace scanner::layers {
namespace {

std::string texts_of(std::string_view content, std::size_t piece, std::string mark = "node.js/v") {
  ProgramText text(std::move(mark));
  for (std::size_t at = 0; at < content.size(); at += piece) {
    text.feed(std::as_bytes(std::span(content.substr(at, piece))));
  }
  text.finish();
  return text.texts();
}

TEST(ProgramText, TellsWhatStandsBehindTheMarkInPiecesOfAnySize) {
  const std::string content = std::string(1000, 'x') + "node.js/v" + std::string("20.11.1\0", 8) +
                              std::string(70, '\0') + "node.js/vnode.js/v18.2.0\n" + std::string(200, 'y') +
                              "node.js/v1";
  const std::string expected = "node.js/v20.11.1\nnode.js/vnode.js/v18.2.0\nnode.js/v18.2.0\nnode.js/v1\n";
  for (const std::size_t piece : {1U, 2U, 8U, 9U, 63U, 64U, 65U, 512U, 100'000U}) {
    EXPECT_EQ(texts_of(content, piece), expected) << piece;
  }
}

TEST(ProgramText, WithoutItsMarkTellsNothing) {
  EXPECT_EQ(texts_of("node.js/", 3), "");
  EXPECT_EQ(texts_of("", 3), "");
  EXPECT_EQ(texts_of("node.js/v1", 3, ""), "") << "an empty mark is found nowhere";
}

TEST(ProgramText, AMarkMayAskForTheBeginningOfAText) {
  const std::string content =
      "before MariaDB 10.2.2" + std::string(1, '\0') + "MariaDB 10.11.19" + std::string(3, '\0') + "x MariaDB 9";
  for (const std::size_t piece : {1U, 7U, 4096U}) {
    EXPECT_EQ(texts_of(content, piece, std::string("\0MariaDB ", 9)), "MariaDB 10.11.19\n") << piece;
  }
}

TEST(ProgramText, ATextIsCutAtItsBound) {
  const std::string texts = texts_of("node.js/v" + std::string(500, '1'), 16);
  EXPECT_EQ(texts, "node.js/v" + std::string(ProgramText::kTextBytesMax - 9, '1') + "\n");
}

TEST(ProgramText, KeepsNoMoreTextsThanItsBound) {
  std::string content;
  for (std::size_t i = 0; i < 3 * ProgramText::kTextsMax; ++i) content += "node.js/v1 ";
  const std::string texts = texts_of(content, 4096);
  EXPECT_EQ(std::count(texts.begin(), texts.end(), '\n'), static_cast<std::ptrdiff_t>(ProgramText::kTextsMax));
}

}  // namespace
}  // namespace scanner::layers
