// Zip archives against another reader of them: whatever archive/zip reads of one is read here with the same bytes, or
// is said to be damaged. A difference would be a way to hide a jar.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <sstream>
#include <vector>

#include "base/byte_source.h"
#include "base/error.h"
#include "base/zip_reader.h"
#include "tests/scanner/layers/archive_oracle.h"
#include "tests/scanner/layers/mutated_zips.h"

namespace base {
namespace {

constexpr std::size_t kBytesMax = 1 << 20;

std::string content_line(const ZipReader& zip, const ZipMember& member) {
  const std::string name = tests::hexadecimal(member.name);
  try {
    const std::string content = zip.read(member, kBytesMax);
    const uLong sum = crc32_z(0, reinterpret_cast<const Bytef*>(content.data()), content.size());
    return fmt::format("{} {} {}", name, content.size(), sum);
  } catch (const Error&) {
    return name + " unreadable";
  }
}

tests::ArchiveReading read(const std::string& archive) {
  tests::ArchiveReading reading;
  try {
    const MemorySource source("a.jar", archive);
    const ZipReader zip(source, {.members_max = 1000, .directory_bytes_max = kBytesMax});
    for (const ZipMember& member : zip.members()) reading.entries += content_line(zip, member) + "\n";
    reading.is_complete = true;
  } catch (const Error&) {
    reading.entries.clear();
  }
  return reading;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

// Whether each entry that the other reads is here with the same bytes, or cannot be read, which makes an image
// incomplete.
bool hides_nothing(const tests::ArchiveReading& ours, const tests::ArchiveReading& others) {
  if (!ours.is_complete) return true;
  const std::vector<std::string> mine = lines_of(ours.entries);
  const std::vector<std::string> theirs = lines_of(others.entries);
  if (mine.size() != theirs.size()) return false;
  for (std::size_t i = 0; i < mine.size(); ++i) {
    const bool may_differ = mine[i].ends_with("unreadable") || theirs[i].ends_with("unreadable");
    if (mine[i] != theirs[i] && !may_differ) return false;
  }
  return true;
}

TEST(ZipOracle, NothingThatAnotherReaderFindsIsReadOtherwiseOrNotAtAll) {
  const auto [first, end] = tests::mutations_to_try();
  std::uint32_t opened = 0;
  std::uint32_t damaged = 0;
  for (std::uint32_t from = first; from < end; from += tests::kArchivesOfFile) {
    const std::uint32_t count = std::min(tests::kArchivesOfFile, end - from);
    tests::ArchiveOracle oracle("-zip", tests::mutated_zip, from, count);
    for (std::uint32_t number = from; number < from + count; ++number) {
      const tests::ArchiveReading others = oracle.next();
      const tests::ArchiveReading ours = read(tests::mutated_zip(number));
      if (!others.is_complete) continue;
      ++opened;
      damaged += ours.is_complete ? 0 : 1;
      ASSERT_TRUE(hides_nothing(ours, others)) << "archive " << number << ": the other reader finds\n"
                                               << others.entries << "and read was\n"
                                               << ours.entries;
    }
  }
  // The archives say something: many are opened, and few of these are given up.
  EXPECT_GT(opened * 2, end - first);
  EXPECT_LT(damaged * 4, opened);
  fmt::print("{} archives, of which {} are opened and {} of these called damaged\n", end - first, opened, damaged);
}

}  // namespace
}  // namespace base
