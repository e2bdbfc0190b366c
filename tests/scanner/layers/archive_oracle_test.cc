// Layers against what container runtimes unpack: whatever archive/tar and its decompressors read to the end is read
// here with the same entries and the same bytes, or is said to be incomplete. A difference would be a way to hide a
// package.
//
// PRATIQUE_MUTATIONS is how many archives are tried, 40,000 unless set; PRATIQUE_FIRST_MUTATION the first one's number.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <span>

#include "base/error.h"
#include "base/tar_reader.h"
#include "scanner/layers/decompressor.h"
#include "tests/scanner/layers/archive_oracle.h"
#include "tests/scanner/layers/mutated_archives.h"

namespace scanner::layers {
namespace {

std::string_view word_of(base::EntryKind kind) {
  switch (kind) {
    case base::EntryKind::kFile:
      return "file";
    case base::EntryKind::kSparseFile:
      return "sparse-file";
    case base::EntryKind::kHardLink:
      return "hard-link";
    case base::EntryKind::kSymbolicLink:
      return "symbolic-link";
    case base::EntryKind::kDirectory:
      return "directory";
    case base::EntryKind::kDevice:
      return "device";
    case base::EntryKind::kUnknown:
      return "unknown";
  }
  return "";
}

// Writes the oracle's lines.
class Listing final : public base::TarVisitor {
 public:
  void on_entry(const base::TarEntry& entry) override {
    has_sparse_ = has_sparse_ || entry.kind == base::EntryKind::kSparseFile;
    line_ = fmt::format("{} {} {} {}", word_of(entry.kind), tests::hexadecimal(entry.path),
                        tests::hexadecimal(entry.link_target), entry.size);
    sum_ = crc32(0, nullptr, 0);
  }
  void on_content(std::span<const std::byte> bytes) override {
    sum_ = crc32_z(sum_, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
  }
  void on_entry_end() override { text_ += fmt::format("{} {}\n", line_, sum_); }

  [[nodiscard]] const std::string& text() const { return text_; }
  // A scan calls a sparse file unreadable where somebody wants it.
  [[nodiscard]] bool has_sparse() const { return has_sparse_; }

 private:
  std::string text_;
  std::string line_;
  uLong sum_ = 0;
  bool has_sparse_ = false;
};

tests::ArchiveReading read(const std::string& archive) {
  Listing listing;
  base::TarReader tar(listing, {});
  Decompressor decompressor(
      [&](std::vector<std::byte>& buffer, std::size_t size) { tar.feed(std::span(buffer).first(size)); });
  bool is_complete = true;
  try {
    decompressor.feed(std::as_bytes(std::span(archive)));
    decompressor.finish();
    tar.finish();
  } catch (const base::ParseError&) {
    is_complete = false;
  }
  return {.entries = listing.text(), .is_complete = is_complete && !listing.has_sparse()};
}

TEST(ArchiveOracle, NothingThatARuntimeUnpacksIsReadOtherwiseOrNotAtAll) {
  const auto [first, end] = tests::mutations_to_try();
  std::uint32_t unpacked = 0;
  std::uint32_t incomplete = 0;

  for (std::uint32_t from = first; from < end; from += tests::kArchivesOfFile) {
    const std::uint32_t count = std::min(tests::kArchivesOfFile, end - from);
    tests::ArchiveOracle oracle("", tests::mutated_archive, from, count);
    for (std::uint32_t number = from; number < from + count; ++number) {
      const tests::ArchiveReading runtime = oracle.next();
      const tests::ArchiveReading ours = read(tests::mutated_archive(number));
      if (!runtime.is_complete) continue;  // no runtime starts it
      ++unpacked;
      incomplete += ours.is_complete ? 0 : 1;
      ASSERT_TRUE(!ours.is_complete || ours.entries == runtime.entries)
          << "archive " << number << ": the runtime unpacks\n"
          << runtime.entries << "and read was\n"
          << ours.entries;
    }
  }

  // The archives say something: the runtime unpacks many, and few of these are given up.
  EXPECT_GT(unpacked * 4, end - first);
  EXPECT_LT(incomplete * 4, unpacked);
  fmt::print("{} archives, of which {} are unpacked by runtimes and {} of these called incomplete\n", end - first,
             unpacked, incomplete);
}

}  // namespace
}  // namespace scanner::layers
