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

constexpr std::string_view kGoMark = "\xff Go buildinf:\x08\x02";

// A text behind its length, which is one of a varint of two bytes.
std::string text_with_length(std::string_view text) {
  return std::string{static_cast<char>(text.size() | 0x80), static_cast<char>(text.size() >> 7)} + std::string(text);
}

std::string build_info(std::string_view version, std::string_view modules) {
  const std::string sentinel(16, '\xf9');
  return std::string(kGoMark) + std::string(16, '\0') + text_with_length(version) +
         text_with_length(sentinel + std::string(modules) + sentinel) + std::string(40, 'x');
}

std::string elf_file(std::size_t offset_of_build_info) {
  std::string content =
      "\x7f"
      "ELF" +
      std::string(offset_of_build_info, '\0');
  content.resize(offset_of_build_info);
  return content + build_info("go1.22.1", "mod\tm\tv1.0.0\t\n");
}

TEST(ContentRecogniser, FindsGoBuildInformationInPiecesOfAnySize) {
  for (const std::size_t piece : {1U, 3U, 15U, 16U, 17U, 512U, 100'000U}) {
    for (const std::size_t offset : {16U, 4096U, 65'536U}) {
      ContentRecogniser recogniser;
      static_cast<void>(feed(recogniser, elf_file(offset), piece));
      EXPECT_TRUE(recogniser.is_elf()) << piece;
      EXPECT_EQ(recogniser.go_build_info(), "go1.22.1\nmod\tm\tv1.0.0\t\n") << piece << " " << offset;
      EXPECT_EQ(recogniser.unsupported_kind(), "");
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
  EXPECT_EQ(recogniser.go_build_info(), "");
  EXPECT_EQ(recogniser.unsupported_kind(), "");
}

// Every program that looks for the mark holds it as a text of its own.
TEST(ContentRecogniser, LooksOnBehindAMarkThatIsOnlyText) {
  for (const std::string& text :
       {std::string("\xff Go buildinf:no"), std::string(kGoMark) + std::string(600, 'y'),
        std::string(kGoMark) + std::string(16, '\0') + text_with_length("no version") + std::string(52, '\0')}) {
    ContentRecogniser recogniser;
    std::string content = elf_file(4096);
    content.insert(1024, text + std::string((16 - text.size() % 16) % 16, '\0'));
    static_cast<void>(feed(recogniser, content, 700));
    EXPECT_EQ(recogniser.go_build_info().substr(0, 8), "go1.22.1") << text.size();
  }
}

// Each of them claims megabytes, which turn out to be none of its own: what is behind it has to be looked at again.
TEST(ContentRecogniser, MarksThatClaimEachOtherAreNotReadForEver) {
  std::string mark = std::string(kGoMark) + std::string(16, '\0') + text_with_length("go1.22.1") + "\xff\xff\xff\x01";
  mark.resize(64, 'x');
  std::string content =
      "\x7f"
      "ELF" +
      std::string(60, '\0');
  while (content.size() < 2 * ContentRecogniser::kGoBuildInfoBytesMax) content += mark;
  ContentRecogniser recogniser;
  EXPECT_LT(feed(recogniser, content, 4096), content.size()) << "it has seen enough";
  EXPECT_EQ(recogniser.unsupported_kind(), "program with too many marks of a Go program");
  EXPECT_TRUE(recogniser.is_elf());
}

TEST(ContentRecogniser, WhatCannotBeReadIsSaid) {
  const std::string elf = elf_file(4096).substr(0, 4096);
  struct Row {
    std::string content;
    std::string_view kind;
  };
  for (const Row& row : {Row{elf + "\xff Go buildinf:\x08" + std::string(17, '\0'), "Go program from before Go 1.18"},
                         Row{elf_file(4096).substr(0, 4096 + 60), "Go program whose build information is cut off"},
                         Row{elf_file(1024).replace(236, 4, "UPX!"), "program packed by UPX"}}) {
    ContentRecogniser recogniser;
    static_cast<void>(feed(recogniser, row.content, 500));
    EXPECT_EQ(recogniser.unsupported_kind(), row.kind);
    EXPECT_TRUE(recogniser.is_elf());
    EXPECT_EQ(recogniser.go_build_info(), "");
  }
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
