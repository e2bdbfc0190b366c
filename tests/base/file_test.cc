#include "base/file.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>

#include "base/error.h"

namespace base {
namespace {

std::string file_with(const std::string& content) {
  const std::string path = testing::TempDir() + "/pratique_file_test";
  std::ofstream(path, std::ios::binary) << content;
  return path;
}

std::string message_of(const std::string& path, std::size_t bytes_max) {
  try {
    (void)read_file(path, bytes_max);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "no error";
}

TEST(ReadFile, ReturnsEveryByteUpToTheBound) {
  const std::string content("a\0b\n", 4);
  EXPECT_EQ(read_file(file_with(content), 4), content);
  EXPECT_EQ(read_file(file_with(""), 4), "");
}

TEST(ReadFile, ReadsInPieces) {
  constexpr std::size_t kPiece = 64 << 10;
  for (const std::size_t size : {kPiece - 1, kPiece, kPiece + 1, 5 * kPiece}) {
    const std::string content(size, 'x');
    const std::string path = file_with(content);
    EXPECT_EQ(read_file(path, size), content);
    EXPECT_EQ(read_file(path, 100 * kPiece), content);
    EXPECT_NE(message_of(path, size - 1), "no error");
  }
}

TEST(ReadFile, NamesThePathAndTheBoundItIsPast) {
  const std::string path = file_with("12345");
  EXPECT_EQ(message_of(path, 4), "read " + path + ": longer than 4 bytes");
}

TEST(ReadFile, NamesThePathAndTheReasonWhenItCannotBeRead) {
  EXPECT_EQ(message_of("/nonexistent/token", 4), "read /nonexistent/token: No such file or directory");
  EXPECT_EQ(message_of("/", 4), "read /: Is a directory");
}

}  // namespace
}  // namespace base
