#include "scanner/layers/rust_dependencies.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "scanner/layers/content_recogniser.h"
#include "tests/support/compress.h"

namespace scanner::layers {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

std::string list_of(std::size_t crates) {
  std::string list = R"({"packages":[)";
  for (std::size_t i = 0; i < crates; ++i) {
    list += (i == 0 ? "" : ",") + (R"({"name":"crate-)" + std::to_string(i * 7919 % 10007)) + R"(","version":"1.)" +
            std::to_string(i) + R"(.0","source":"crates.io"})";
  }
  return list + "]}";
}

// Code, as far as a search is concerned.
std::string noise(std::size_t size, unsigned seed) {
  std::mt19937 random(seed);
  std::string text(size, '\0');
  for (char& letter : text) letter = static_cast<char>(random());
  return text;
}

std::string list_in(const std::string& content, std::size_t piece) {
  RustDependencies dependencies;
  for (std::size_t at = 0; at < content.size(); at += piece) {
    dependencies.feed(bytes_of(std::string_view(content).substr(at, piece)));
  }
  return dependencies.list();
}

TEST(RustDependencies, AreFoundAtAnyOffsetInPiecesOfAnySize) {
  const std::string list = list_of(40);
  for (const int level : {1, 6, 9}) {
    const std::string content = noise(5003, 1) + tests::zlib(list, level) + noise(1000, 2);
    for (const std::size_t piece : {1UL, 2UL, 3UL, 16UL, 1000UL, 4096UL, 100'000UL}) {
      EXPECT_EQ(list_in(content, piece), list) << level << " " << piece;
    }
  }
}

TEST(RustDependencies, AShortListIsFoundToo) {
  const std::string list = list_of(1);
  EXPECT_EQ(list_in(noise(10, 1) + tests::zlib(list), 7), list);
}

TEST(RustDependencies, OtherStreamsAndNoiseAreNoList) {
  const std::string content = noise(200'000, 3) + tests::zlib("{\"packages\":{}}") + tests::zlib(noise(5000, 4)) +
                              tests::zlib("{\"pack") + std::string(5000, 'x') + std::string(3000, '\x78') + "x\x9c";
  for (const std::size_t piece : {5UL, 4096UL, 1'000'000UL}) EXPECT_EQ(list_in(content, piece), "") << piece;
}

TEST(RustDependencies, TheTrueOneIsFoundBehindFalseOnes) {
  const std::string list = list_of(3);
  const std::string content = "x\x9c" + std::string("x\xda") + tests::zlib("{\"packages\":1}") + tests::zlib(list);
  for (const std::size_t piece : {1UL, 10UL, 1000UL}) EXPECT_EQ(list_in(content, piece), list) << piece;
}

TEST(RustDependencies, OneThatIsCutOffIsSaidToBe) {
  const std::string packed = tests::zlib(list_of(200));
  RustDependencies dependencies;
  dependencies.feed(bytes_of(std::string_view(packed).substr(0, packed.size() - 10)));
  EXPECT_EQ(dependencies.list(), "");
  EXPECT_TRUE(dependencies.is_cut_off());
}

TEST(RustDependencies, OneThatUnpacksToMoreThanTheBoundIsSaidToBeCutOff) {
  const std::string bomb = tests::zlib(R"({"packages":[)" + std::string(RustDependencies::kListBytesMax, ' ') + "]}");
  RustDependencies dependencies;
  dependencies.feed(bytes_of(bomb));
  EXPECT_EQ(dependencies.list(), "");
  EXPECT_TRUE(dependencies.is_cut_off());
}

// A program that is made of marks costs as much as a program of ten gigabytes, and no more.
TEST(RustDependencies, AreNotLookedForWithoutEnd) {
  std::string marks;
  while (marks.size() < 4 * RustDependencies::kTriesMax) marks.append("\x78\x9c\x04\x80", 4);
  RustDependencies dependencies;
  dependencies.feed(bytes_of(marks));
  EXPECT_FALSE(dependencies.is_given_up());
  dependencies.feed(bytes_of(marks));
  EXPECT_TRUE(dependencies.is_given_up());
  dependencies.feed(bytes_of(tests::zlib(list_of(5))));
  EXPECT_EQ(dependencies.list(), "");

  ContentRecogniser recogniser;
  static_cast<void>(recogniser.feed(bytes_of("\x7f" "ELF" + std::string(100, '\0') + marks + marks)));
  recogniser.finish();
  EXPECT_EQ(recogniser.unsupported_kind(), "program with too many marks of a Rust program");
  EXPECT_GT(recogniser.rust_tries(), RustDependencies::kTriesMax);
}

TEST(RustDependencies, BelongToAnElfFile) {
  const std::string list = list_of(5);
  const std::string magic =
      "\x7f"
      "ELF";
  for (const std::size_t piece : {3UL, 16UL, 4096UL}) {
    const std::string content = magic + std::string(60, '\0') + tests::zlib(list) + std::string(64, '\0');
    ContentRecogniser program;
    for (std::size_t at = 0; at < content.size(); at += piece)
      static_cast<void>(program.feed(bytes_of(std::string_view(content).substr(at, piece))));
    EXPECT_EQ(program.rust_dependencies(), list) << piece;
    EXPECT_EQ(program.unsupported_kind(), "");
  }
  ContentRecogniser other;
  static_cast<void>(other.feed(bytes_of("#!/bin/sh 0123456789" + tests::zlib(list))));
  EXPECT_EQ(other.rust_dependencies(), "");
}

}  // namespace
}  // namespace scanner::layers
