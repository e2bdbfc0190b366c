// bun.lockb as two releases of bun wrote it of the same package.json: lodash 4.17.11, left-pad 1.3.0 by another name,
// @types/unist 3.0.0 and typescript 5.0.0-beta.
#include "scanner/inventory/npm/bun_lockb.h"

#include <gmock/gmock.h>

#include "base/error.h"
#include "base/file.h"
#include "scanner/inventory/language_files.h"
#include "tests/scanner/inventory/extraction_support.h"
#include "tests/support/paths.h"

namespace scanner::inventory {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;
using tests::extract;
using tests::names_and_versions;

// The fuzz target's, without the line that chooses the form of file.
std::string lock_file(const std::string& name) {
  const std::string seed =
      base::read_file((tests::source_path() / "tests/fuzz/corpus/extractors" / name).string(), 1 << 20);
  return seed.substr(seed.find('\n') + 1);
}

Extraction read(const std::string& content) {
  return extract(*make_npm_lock_extractor(), "app/bun.lockb", content);
}

std::string refusal_of(const std::string& content) {
  try {
    return read(content).warnings.empty() ? "nothing" : "a warning";
  } catch (const base::ParseError& error) {
    return error.what();
  }
}

void put_number(std::string& content, std::size_t at, std::uint64_t number, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i) content.at(at + i) = static_cast<char>(number >> (8 * i));
}

constexpr std::size_t kFormatAt = 42;
constexpr std::size_t kCountAt = kFormatAt + 4 + 32 + 8;

TEST(BunLockb, TellsItsPackagesInBothFormats) {
  for (const char* name : {"bun_lockb_2", "bun_lockb_3"}) {
    const Extraction extraction = read(lock_file(name));
    EXPECT_THAT(names_and_versions(extraction.packages),
                UnorderedElementsAre("lodash 4.17.11", "left-pad 1.3.0", "@types/unist 3.0.0", "typescript 5.0.0-beta"))
        << name;
    EXPECT_THAT(extraction.warnings, IsEmpty()) << name;
    EXPECT_TRUE(extraction.is_locked);
  }
}

TEST(BunLockb, InsideAnInstalledPackageIsNotRead) {
  EXPECT_FALSE(make_npm_lock_extractor()->wants("app/node_modules/a/bun.lockb"));
}

TEST(BunLockb, OtherFormatsAreRefusedWithTheWayOut) {
  std::string content = lock_file("bun_lockb_3");
  for (const std::uint64_t format : {0, 1, 4, 255}) {
    put_number(content, kFormatAt, format, 4);
    EXPECT_THAT(refusal_of(content), HasSubstr("let a current bun write bun.lock")) << format;
  }
  EXPECT_THAT(refusal_of("{}"), HasSubstr("not a lock file of bun"));
}

TEST(BunLockb, CutOffAnywhereInItsTablesItIsRefused) {
  for (const char* name : {"bun_lockb_2", "bun_lockb_3"}) {
    const std::string content = lock_file(name);
    const std::size_t texts_end = content.rfind("unist-3.0.0.tgz") + 15;
    for (std::size_t size = 0; size < texts_end; ++size) {
      EXPECT_THROW(static_cast<void>(read(content.substr(0, size))), base::ParseError) << name << " at " << size;
    }
  }
}

TEST(BunLockb, NumbersThatLeadOutOfItAreRefused) {
  for (const std::uint64_t number : {std::uint64_t{1} << 20, std::uint64_t{1} << 40, ~std::uint64_t{0}}) {
    for (const std::size_t field : {0, 24, 32}) {  // packages; where their table begins; where it ends
      std::string content = lock_file("bun_lockb_3");
      put_number(content, kCountAt + field, number, 8);
      EXPECT_THROW(static_cast<void>(read(content)), base::ParseError) << number << " at " << field;
    }
  }
}

}  // namespace
}  // namespace scanner::inventory
