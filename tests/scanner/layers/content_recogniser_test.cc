#include "scanner/layers/content_recogniser.h"

#include <gtest/gtest.h>

#include <string>

namespace scanner::layers {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

// Feeds the content in pieces of this size; returns how many bytes were taken.
std::size_t feed(ContentRecogniser& recogniser, std::string_view content, std::size_t piece) {
  for (std::size_t start = 0; start < content.size(); start += piece) {
    if (!recogniser.feed(bytes_of(content.substr(start, piece)))) return start;
  }
  return content.size();
}

std::string elf_file(std::size_t offset_of_build_info) {
  std::string content =
      "\x7f"
      "ELF" +
      std::string(offset_of_build_info, '\0');
  content.resize(offset_of_build_info);
  return content + "\xff Go buildinf:\x08\x02" + std::string(100, 'x');
}

TEST(ContentRecogniser, FindsGoBuildInformationInPiecesOfAnySize) {
  for (const std::size_t piece : {1U, 3U, 15U, 16U, 17U, 512U, 100'000U}) {
    for (const std::size_t offset : {16U, 4096U, 65'536U}) {
      ContentRecogniser recogniser;
      static_cast<void>(feed(recogniser, elf_file(offset), piece));
      EXPECT_TRUE(recogniser.is_elf()) << piece;
      EXPECT_EQ(recogniser.unsupported_kind(), "Go program") << piece << " " << offset;
    }
  }
}

TEST(ContentRecogniser, OtherElfFilesAreElfAlone) {
  ContentRecogniser recogniser;
  const std::string content =
      "\x7f"
      "ELF" +
      std::string(5000, '\xff');
  EXPECT_EQ(feed(recogniser, content, 700), content.size());
  EXPECT_TRUE(recogniser.is_elf());
  EXPECT_EQ(recogniser.unsupported_kind(), "");
}

TEST(ContentRecogniser, OtherFilesAreLeftAfterTheirFirstBytes) {
  ContentRecogniser recogniser;
  const std::string content = "#!/bin/sh\n" + elf_file(4096);
  EXPECT_LE(feed(recogniser, content, 16), 16U);
  EXPECT_FALSE(recogniser.is_elf());
  EXPECT_EQ(recogniser.unsupported_kind(), "");
}

TEST(ContentRecogniser, AMarkOffTheGridIsOnlyText) {
  ContentRecogniser recogniser;
  static_cast<void>(feed(recogniser, elf_file(4097), 512));
  EXPECT_EQ(recogniser.unsupported_kind(), "");
}

TEST(ContentRecogniser, ShortAndEmptyFilesAreNothing) {
  for (const char* content : {"", "\x7f",
                              "\x7f"
                              "ELF"}) {
    ContentRecogniser recogniser;
    static_cast<void>(recogniser.feed(bytes_of(content)));
    EXPECT_FALSE(recogniser.is_elf());
    EXPECT_EQ(recogniser.unsupported_kind(), "");
  }
}

}  // namespace
}  // namespace scanner::layers
