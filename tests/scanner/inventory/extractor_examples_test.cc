// Every form of file has an example, by which the fuzz target of the extractors knows it, and a seed there.
#include <gmock/gmock.h>

#include <filesystem>
#include <set>

#include "base/file.h"
#include "scanner/inventory/extractor.h"
#include "scanner/inventory/language_files.h"
#include "tests/support/paths.h"

namespace scanner::inventory {
namespace {

// What the fuzz target chooses among.
std::set<std::string> all_names() {
  std::set<std::string> names;
  for (const auto& extractor : all_extractors()) {
    for (const std::string_view path : extractor->example_paths()) names.emplace(path);
    if (!extractor->content_kind().empty()) names.emplace(extractor->content_kind());
  }
  return names;
}

TEST(ExtractorExamples, AreWantedAndThereForEveryExtractor) {
  for (const auto& extractor : all_extractors()) {
    EXPECT_FALSE(extractor->example_paths().empty() && extractor->content_kind().empty()) << extractor->name();
    for (const std::string_view path : extractor->example_paths()) EXPECT_TRUE(extractor->wants(path)) << path;
  }
}

// Nobody is asked about a path that ends with anything else.
TEST(ExtractorExamples, EndAsTheirExtractorSays) {
  for (const auto& extractor : all_extractors()) {
    const std::vector<std::string_view> endings = extractor->endings();
    if (endings.empty()) continue;
    EXPECT_THAT(endings, testing::Each(testing::Not(testing::IsEmpty()))) << extractor->name();
    for (const std::string_view path : extractor->example_paths()) {
      EXPECT_TRUE(std::ranges::any_of(endings, [path](std::string_view ending) { return path.ends_with(ending); }))
          << extractor->name() << ": " << path;
    }
  }
}

TEST(ExtractorExamples, AreThereForEveryFixedPlace) {
  for (const auto& extractor : all_extractors()) {
    if (extractor->fixed_paths().empty()) continue;
    const auto examples = extractor->example_paths();
    EXPECT_TRUE(std::ranges::any_of(extractor->fixed_paths(), [&](std::string_view path) {
      return std::ranges::find(examples, path) != examples.end();
    })) << extractor->name();
  }
}

// A table's first file that a path is one of reads it: the example must be read by its own.
TEST(ExtractorExamples, AreThoseOfTheirOwnFileInATable) {
  for (const auto& extractor : all_extractors()) {
    const auto* const table = dynamic_cast<const LanguageFiles*>(extractor.get());
    if (table == nullptr) continue;
    for (const LanguageFile& file : table->files()) {
      const auto first =
          std::ranges::find_if(table->files(), [&](const LanguageFile& one) { return is_path_of(one, file.example); });
      ASSERT_NE(first, table->files().end()) << table->name() << ": " << file.example;
      EXPECT_EQ(&*first, &file) << table->name() << ": " << file.example;
    }
  }
}

// Large databases have targets and seeds of their own (rpm_database, chisel_manifest and others).
TEST(ExtractorExamples, HaveSeedsOfTheFuzzTarget) {
  std::set<std::string> lines;
  for (const auto& seed : std::filesystem::directory_iterator(tests::source_path() / "tests/fuzz/corpus/extractors")) {
    const std::string content = base::read_file(seed.path().string(), std::size_t{1} << 20);
    const std::string line = content.substr(0, content.find('\n'));
    EXPECT_TRUE(all_names().contains(line)) << seed.path() << " is for no form of file: " << line;
    lines.insert(line);
  }
  const std::set<std::string> elsewhere = {"var/lib/dpkg/status",
                                           "var/lib/dpkg/status.d/curl",
                                           "var/lib/chisel/manifest.wall",
                                           "lib/apk/db/installed",
                                           "var/lib/rpm/Packages",
                                           "var/lib/rpm/Packages.db",
                                           "var/lib/rpm/rpmdb.sqlite",
                                           "var/lib/rpmmanifest/container-manifest-2",
                                           "a-1.dist-info/METADATA",
                                           "a-1.egg-info",
                                           "node_modules/lodash/package.json",
                                           "etc/os-release",
                                           "a.cdx.json",
                                           "a.spdx.json"};
  for (const std::string& name : all_names()) EXPECT_TRUE(lines.contains(name) || elsewhere.contains(name)) << name;
}

}  // namespace
}  // namespace scanner::inventory
