// Layers against what container runtimes unpack: whatever archive/tar and its decompressors read to the end is read
// here with the same entries and the same bytes, or is said to be incomplete. A difference would be a way to hide a
// package.
//
// PRATIQUE_MUTATIONS is how many archives are tried, 40,000 unless set; PRATIQUE_FIRST_MUTATION the first one's number.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>
#include <unistd.h>
#include <zlib.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <span>

#include "base/error.h"
#include "base/tar_reader.h"
#include "scanner/layers/decompressor.h"
#include "tests/scanner/layers/mutated_archives.h"

namespace scanner::layers {
namespace {

constexpr std::uint32_t kArchivesOfFile = 10'000;

std::string hexadecimal(std::string_view text) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  return fmt::format("{:02x}", fmt::join(bytes, bytes + text.size(), ""));
}

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
    line_ = fmt::format("{} {} {} {}", word_of(entry.kind), hexadecimal(entry.path), hexadecimal(entry.link_target),
                        entry.size);
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

struct Reading {
  std::string entries;
  bool is_complete = false;
};

Reading read(const std::string& archive) {
  Listing listing;
  base::TarReader tar(listing, {});
  Decompressor decompressor([&](std::span<const std::byte> bytes) { tar.feed(bytes); });
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

// Built once for the program; what is missing for that is told on standard error. Throws std::runtime_error.
const std::string& oracle_program() {
  static const std::string program = [] {
    const std::string command = fmt::format("{}/build {}", PRATIQUE_ORACLE_SOURCE, PRATIQUE_ORACLE_FOLDER);
    if (std::system(command.c_str()) != 0) throw std::runtime_error("archive-oracle was not built: " + command);
    return fmt::format("{}/archive-oracle", PRATIQUE_ORACLE_FOLDER);
  }();
  return program;
}

class OracleRun {
 public:
  OracleRun(std::uint32_t first, std::uint32_t count)
      : path_(std::filesystem::temp_directory_path() / fmt::format("pratique-archives-{}-{}", getpid(), first)) {
    std::ofstream file(path_, std::ios::binary);
    for (std::uint32_t i = first; i < first + count; ++i) {
      const std::string archive = tests::mutated_archive(i);
      const auto size = static_cast<std::uint32_t>(archive.size());
      file.write(reinterpret_cast<const char*>(&size), sizeof(size)).write(archive.data(), size);
    }
    file.close();
    pipe_.reset(popen(fmt::format("{} {}", oracle_program(), path_.string()).c_str(), "r"));
  }
  ~OracleRun() { std::filesystem::remove(path_); }
  OracleRun(const OracleRun&) = delete;
  OracleRun& operator=(const OracleRun&) = delete;

  // Of the next archive. Throws std::runtime_error when the oracle has ended.
  Reading next() {
    Reading reading;
    std::array<char, 16 * 1024> line{};
    while (std::fgets(line.data(), line.size(), pipe_.get()) != nullptr) {
      const std::string_view text(line.data());
      if (text == "end\n" || text == "error\n") {
        reading.is_complete = text == "end\n";
        return reading;
      }
      reading.entries += text;
    }
    throw std::runtime_error("archive-oracle ended early");
  }

 private:
  std::filesystem::path path_;
  std::unique_ptr<FILE, int (*)(FILE*)> pipe_{nullptr, &pclose};
};

std::uint32_t setting(const char* name, std::uint32_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : static_cast<std::uint32_t>(std::stoul(text));
}

TEST(ArchiveOracle, NothingThatARuntimeUnpacksIsReadOtherwiseOrNotAtAll) {
  const std::uint32_t first = setting("PRATIQUE_FIRST_MUTATION", 0);
  const std::uint32_t end = first + setting("PRATIQUE_MUTATIONS", 40'000);
  std::uint32_t unpacked = 0;
  std::uint32_t incomplete = 0;

  for (std::uint32_t from = first; from < end; from += kArchivesOfFile) {
    const std::uint32_t count = std::min(kArchivesOfFile, end - from);
    OracleRun oracle(from, count);
    for (std::uint32_t number = from; number < from + count; ++number) {
      const Reading runtime = oracle.next();
      const Reading ours = read(tests::mutated_archive(number));
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
