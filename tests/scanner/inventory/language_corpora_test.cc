// Lock files and lists as their programs write them, good and broken, from published collections.
#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>

#include "scanner/inventory/extractor.h"
#include "tests/scanner/inventory/extraction_support.h"
#include "tests/support/shared_data.h"

namespace scanner::inventory {
namespace {

using testing::Contains;

struct CorpusFile {
  const char* path;
  const char* package;               // one of those in it
  const char* image_path = nullptr;  // where it lies in an image; nullptr: the same
};

class RealLanguageFile : public testing::TestWithParam<CorpusFile> {};

TEST_P(RealLanguageFile, HoldsItsPackages) {
  REQUIRE_SHARED_DATA(file, std::string("data/corpora/trivy/repo-inputs/") + GetParam().path);
  const std::string content = tests::read_test_file(file);

  const char* const path = GetParam().image_path == nullptr ? GetParam().path : GetParam().image_path;
  const Extraction extraction = read_file({.path = path, .content = content});

  EXPECT_THAT(tests::names_and_versions(extraction.packages), Contains(GetParam().package));
  EXPECT_TRUE(extraction.warnings.empty());
}

INSTANTIATE_TEST_SUITE_P(
    Files, RealLanguageFile,
    testing::Values(
        CorpusFile{"bun/bun.lock", "jquery 3.3.1"}, CorpusFile{"cargo/Cargo.lock", "aho-corasick 0.7.20"},
        CorpusFile{"composer/composer.lock", "guzzlehttp/psr7 1.8.3"},
        CorpusFile{"composer-vendor/installed.json", "guzzlehttp/psr7 1.8.3", "srv/vendor/composer/installed.json"},
        CorpusFile{"conda/miniconda3/envs/testenv/conda-meta/openssl-1.1.1q-h7f8727e_0.json", "openssl 1.1.1q"},
        CorpusFile{"gradle/gradle.lockfile", "com.fasterxml.jackson.core:jackson-databind 2.9.1"},
        CorpusFile{"mixlock/mix.lock", "phoenix 1.6.13"}, CorpusFile{"npm/package-lock.json", "jquery 3.3.9"},
        CorpusFile{"nuget/packages.lock.json", "Newtonsoft.Json 12.0.3"},
        CorpusFile{"packagesprops/Directory.Packages.props", "Newtonsoft.Json 9.0.1"},
        CorpusFile{"pip/requirements.txt", "flask 2.0.0"}, CorpusFile{"pipenv/Pipfile.lock", "werkzeug 0.11.1"},
        CorpusFile{"pnpm/pnpm-lock.yaml", "lodash 4.17.4"}, CorpusFile{"poetry/poetry.lock", "click 8.1.3"},
        CorpusFile{"pubspec/pubspec.lock", "http 0.13.2"}, CorpusFile{"pylock/pylock.toml", "click 8.1.3"},
        CorpusFile{"sbt/build.sbt.lock", "com.fasterxml.jackson.core:jackson-databind 2.9.1"},
        CorpusFile{"cocoapods/Podfile.lock", "_NIODataStructures 2.41.0"},
        CorpusFile{"swift/Package.resolved", "github.com/apple/swift-nio 2.41.0"},
        CorpusFile{"uv/uv.lock", "click 8.1.3"}, CorpusFile{"yarn/yarn.lock", "jquery 3.2.1"}));

// Good, broken or of another kind: packages or a warning, and never an exception.
TEST(LanguageCorpora, EveryFileIsReadOrSaidToBeUnreadable) {
  REQUIRE_SHARED_DATA(folder, "data/corpora");
  std::size_t files = 0;
  for (const char* collection : {"trivy/repo-inputs", "osv-scanner-inputs", "claircore", "os-package-dbs"}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder / collection)) {
      const std::string path = entry.path().lexically_relative(folder / collection).string();
      const bool wanted = std::ranges::any_of(all_extractors(), [&](const auto& one) { return one->wants(path); });
      if (!entry.is_regular_file() || !wanted) continue;
      const std::string content = tests::read_test_file(entry.path());
      const Extraction extraction = read_file({.path = path, .content = content});
      for (const Package& package : extraction.packages) {
        EXPECT_FALSE(package.name.empty() || package.version.empty()) << path;
      }
      for (const ScanWarning& warning : extraction.warnings) EXPECT_FALSE(warning.message.empty()) << path;
      ++files;
    }
  }
  EXPECT_GE(files, 60u);
}

}  // namespace
}  // namespace scanner::inventory
