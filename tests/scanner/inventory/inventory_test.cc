#include <gmock/gmock.h>

#include "scanner/inventory/extractor.h"
#include "scanner/report_version.h"
#include "tests/scanner/inventory/extraction_support.h"

namespace scanner::inventory {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using tests::kTestLayer;
using tests::names_and_versions;

constexpr std::string_view kOsRelease = "ID=debian\nVERSION_ID=12\n";
constexpr std::string_view kStatus = "Package: b\nStatus: install ok installed\nVersion: 1\n\nPackage: a\nVersion: 2\n";

// What is left of an image: its files were read, the rest is as the walk gives it.
struct Image {
  std::vector<ImageFile> files{};
  std::vector<UnsupportedFile> unsupported{};
  std::size_t elf_files = 0;  // that tell nothing themselves
};

ImageFile file(std::string_view path, std::string_view content) {
  return {.path = path, .content = content};
}

std::vector<std::string> program_paths(std::size_t count) {
  std::vector<std::string> paths;
  for (std::size_t i = 0; i < count; ++i) paths.push_back("usr/bin/program" + std::to_string(i));
  return paths;
}

ImageInventory extract_all(const Image& image) {
  std::vector<Extraction> extractions;
  for (const ImageFile& file : image.files) extractions.push_back(read_file(file));
  ImageContent content{.files = {}, .unsupported = image.unsupported};
  const std::vector<std::string> programs = program_paths(image.elf_files);
  for (const std::string& path : programs) content.programs.push_back({.path = path, .bytes = 1000});
  for (std::size_t i = 0; i < image.files.size(); ++i) {
    content.files.push_back({.path = image.files[i].path, .layer = kTestLayer, .extraction = &extractions[i]});
  }
  return inventory_of(content);
}

// A line that changes here means that images have to be scanned again.
TEST(AllExtractors, AreThoseOfTheExtractorsVersion) {
  std::vector<std::string> extractors;
  for (const auto& extractor : all_extractors()) {
    extractors.push_back(std::string(extractor->name()) + " " + std::to_string(extractor->version()));
  }
  EXPECT_THAT(extractors, ElementsAre("os-release 2", "dpkg 1", "chisel 1", "apk 1", "rpm 1", "alpm 1", "opkg 1",
                                      "portage 1", "python 2", "npm 1", "java 3", "go 1", "conda 1", "ruby 1", "php 2",
                                      "dotnet 2", "dotnet-program 1", "npm-lock 4", "python-lock 2", "java-lock 2",
                                      "rust 1", "rust-program 1", "runtimes 2", "dart 1", "elixir 2", "swift 1",
                                      "julia 2", "conan 1", "haskell 1", "r 2", "cocoapods 1", "sbom 3"))
      << "raise kExtractorsVersion (scanner/report_version.h), say in its history what changed, then mend this list "
         "and the next line";
  EXPECT_EQ(kExtractorsVersion, 13);
}

// A name that is none would let a stale record pass.
TEST(AllExtractors, HistoryEndsWithThisVersionAndNamesExtractors) {
  const ExtractorsHistory& history = extractors_history();
  ASSERT_FALSE(history.empty());
  EXPECT_EQ(history.back().version, kExtractorsVersion);
  for (std::size_t at = 1; at < history.size(); ++at) EXPECT_EQ(history[at].version, history[at - 1].version + 1);
  std::set<std::string_view> names;
  for (const auto& extractor : all_extractors()) names.insert(extractor->name());
  for (const ExtractorsChange& change : history) {
    for (const std::string_view name : change.extractors) EXPECT_TRUE(names.contains(name)) << name;
  }
}

TEST(AllExtractors, WantTheirFixedPaths) {
  for (const auto& extractor : all_extractors()) {
    for (const std::string_view path : extractor->fixed_paths()) EXPECT_TRUE(extractor->wants(path)) << path;
    for (const std::string_view directory : extractor->fixed_directories()) {
      EXPECT_TRUE(extractor->wants(std::string(directory) + "/a")) << directory;
    }
  }
}

TEST(AllExtractors, WantNothingOfNoName) {
  for (const auto& extractor : all_extractors()) {
    EXPECT_FALSE(extractor->wants("")) << extractor->name();
    EXPECT_FALSE(extractor->wants("bin/sh")) << extractor->name();
  }
}

TEST(ReadFile, TellsWhoFoundWhat) {
  const Extraction extraction = read_file(file("var/lib/dpkg/status", kStatus));
  ASSERT_THAT(extraction.packages, SizeIs(2));
  EXPECT_EQ(extraction.packages[0].found_by, "dpkg");
  EXPECT_TRUE(extraction.packages[0].layer.empty());
  EXPECT_TRUE(extraction.packages[0].purl.empty()) << "the distribution is not known yet";
}

TEST(ExtractAll, GivesSortedPackagesOfEveryEcosystem) {
  const ImageInventory inventory =
      extract_all({.files = {file("var/lib/dpkg/status", kStatus), file("usr/lib/os-release", kOsRelease),
                             file("app/node_modules/lodash/package.json", R"({"name":"lodash","version":"4.17.11"})"),
                             file("x/requests-2.19.0.dist-info/METADATA", "Name: requests\nVersion: 2.19.0\n")},
                   .unsupported = {},
                   .elf_files = 100});
  EXPECT_EQ(inventory.distribution.id, "debian");
  EXPECT_THAT(names_and_versions(inventory.packages), ElementsAre("a 2", "b 1", "lodash 4.17.11", "requests 2.19.0"));
  EXPECT_EQ(inventory.packages[0].purl, "pkg:deb/debian/a@2?distro=debian-12");
  EXPECT_EQ(inventory.packages[0].layer, kTestLayer);
  EXPECT_EQ(inventory.packages[0].path, "var/lib/dpkg/status");
  EXPECT_THAT(inventory.warnings, IsEmpty());
}

TEST(ExtractAll, OsReleaseOfEtcCountsFirst) {
  const ImageFile etc = file("etc/os-release", "ID=alpine\n");
  const ImageFile usr = file("usr/lib/os-release", "ID=debian\n");
  EXPECT_EQ(extract_all({.files = {etc, usr}, .unsupported = {}, .elf_files = 0}).distribution.id, "alpine");
  EXPECT_EQ(extract_all({.files = {usr, etc}, .unsupported = {}, .elf_files = 0}).distribution.id, "alpine");
}

TEST(ExtractAll, ALineOfAReleaseCountsWhereNoOsReleaseTells) {
  const ImageFile usr = file("usr/lib/os-release", "NAME=nobody\n");
  const ImageFile red_hat = file("etc/redhat-release", "Red Hat Enterprise Linux Server release 6.8 (Santiago)\n");
  const ImageFile oracle = file("etc/oracle-release", "Oracle Linux Server release 6.8\n");
  const auto id_of = [](std::vector<ImageFile> files) {
    return extract_all({.files = std::move(files), .unsupported = {}, .elf_files = 0}).distribution.id;
  };
  EXPECT_EQ(id_of({usr, red_hat}), "rhel");
  EXPECT_EQ(id_of({red_hat, oracle}), "ol") << "who rebuilds Red Hat's has its file, too";
  EXPECT_EQ(id_of({oracle, red_hat, file("usr/lib/os-release", "ID=centos\n")}), "centos");
}

TEST(ExtractAll, AnExtractorThatThrowsCostsItsFileAlone) {
  const ImageInventory inventory = extract_all(
      {.files = {file("etc/os-release", kOsRelease), file("var/lib/dpkg/status", kStatus),
                 file("app/node_modules/a\x1b/package.json", "{"), file("app/node_modules/b/package.json", "{")},
       .unsupported = {},
       .elf_files = 0});
  EXPECT_THAT(inventory.packages, SizeIs(2));
  ASSERT_THAT(inventory.warnings, SizeIs(1));
  EXPECT_EQ(inventory.warnings[0].reason, "Unreadable");
  EXPECT_EQ(inventory.warnings[0].path, "app/node_modules/b/package.json");
  EXPECT_THAT(inventory.warnings[0].message, HasSubstr("not JSON"));
  EXPECT_TRUE(inventory.warnings[0].makes_incomplete);
}

TEST(ExtractAll, TheSamePackageIsToldOnce) {
  const ImageInventory inventory =
      extract_all({.files = {file("etc/os-release", kOsRelease),
                             file("var/lib/dpkg/status.d/a", "Package: a\nVersion: 1\n\nPackage: a\nVersion: 1\n")},
                   .unsupported = {},
                   .elf_files = 0});
  EXPECT_THAT(inventory.packages, SizeIs(1));
}

TEST(ExtractAll, UnsupportedContentIsCountedByKind) {
  const ImageInventory inventory = extract_all({.files = {file("etc/os-release", kOsRelease)},
                                                .unsupported = {{.path = "z.jar", .kind = "jar"},
                                                                {.path = "usr/bin/kubectl", .kind = "Go program"},
                                                                {.path = "a.jar", .kind = "jar"}},
                                                .elf_files = 0});
  ASSERT_THAT(inventory.warnings, SizeIs(2));
  EXPECT_EQ(inventory.warnings[0], (ScanWarning{.reason = "Unsupported",
                                                .path = "a.jar",
                                                .message = "jar: recognised, but its packages cannot be read yet",
                                                .count = 2,
                                                .makes_incomplete = true}));
  EXPECT_THAT(inventory.warnings[1].message, HasSubstr("Go program"));
}

TEST(ExtractAll, WhatAPackageOfTheDistributionOwnsIsNotSaidToBeUnread) {
  const auto reasons_with_sbom_at = [](std::string_view path) {
    std::vector<std::string> reasons;
    for (const ScanWarning& warning :
         extract_all({.files = {file("etc/os-release", kOsRelease), file("var/lib/dpkg/status", kStatus),
                                file("var/lib/dpkg/info/a.list", "/usr/share/doc/a/a.spdx\n"),
                                file(path, "SPDXVersion: SPDX-2.3\n")},
         .unsupported = {},
         .elf_files = 0})
             .warnings) {
      reasons.push_back(warning.reason);
    }
    return reasons;
  };
  EXPECT_THAT(reasons_with_sbom_at("usr/share/doc/a/a.spdx"), IsEmpty());
  EXPECT_THAT(reasons_with_sbom_at("srv/a.spdx"), ElementsAre("Unsupported"));
}

TEST(ExtractAll, AnNpmLockFileCountsWhereNothingIsInstalledBesideIt) {
  const ImageFile lodash = file("app/node_modules/lodash/package.json", R"({"name":"lodash","version":"4.17.11"})");
  const auto packages_with_lock_at = [&](std::string_view path) {
    const ImageFile lock =
        file(path, R"({"lockfileVersion": 3, "packages": {"node_modules/minimist": {"version": "1.2.0"}}})");
    return tests::names_and_versions(
        extract_all({.files = {lodash, lock, file("etc/os-release", kOsRelease)}, .unsupported = {}, .elf_files = 0})
            .packages);
  };
  EXPECT_THAT(packages_with_lock_at("app/package-lock.json"), ElementsAre("lodash 4.17.11"));
  EXPECT_THAT(packages_with_lock_at("app/ui/package-lock.json"), ElementsAre("lodash 4.17.11", "minimist 1.2.0"));
}

// Debian's own libraries are judged by Debian's advisories alone.
TEST(ExtractAll, WhatAPackageOfTheDistributionOwnsIsNotToldTwice) {
  const ImageInventory inventory = extract_all(
      {.files = {file("etc/os-release", kOsRelease),
                 file("var/lib/dpkg/status.d/python3-requests", "Package: python3-requests\nVersion: 2.28.1\n"),
                 file("var/lib/dpkg/info/python3-requests.list",
                      "/usr/lib/python3/dist-packages/requests-2.28.1.egg-info/PKG-INFO\n"),
                 file("usr/lib/python3/dist-packages/requests-2.28.1.egg-info/PKG-INFO",
                      "Name: requests\nVersion: 2.28.1\n"),
                 file("opt/venv/urllib3-1.0.dist-info/METADATA", "Name: urllib3\nVersion: 1.0\n")},
       .unsupported = {},
       .elf_files = 0});
  EXPECT_THAT(tests::names_and_versions(inventory.packages), ElementsAre("python3-requests 2.28.1", "urllib3 1.0"));
}

struct DistributionRow {
  const char* name;
  const char* os_release;
  const char* status;
  std::size_t elf_files;
  const char* message;  // nullptr: no warning
  const char* reason = "UnknownDistribution";
};

class UnknownDistribution : public testing::TestWithParam<DistributionRow> {};

TEST_P(UnknownDistribution, IsTold) {
  const ImageInventory inventory = extract_all(
      {.files = {file("etc/os-release", GetParam().os_release), file("var/lib/dpkg/status", GetParam().status)},
       .unsupported = {},
       .elf_files = GetParam().elf_files});
  if (GetParam().message == nullptr) {
    EXPECT_THAT(inventory.warnings, IsEmpty());
    return;
  }
  ASSERT_THAT(inventory.warnings, SizeIs(1));
  EXPECT_EQ(inventory.warnings[0].reason, GetParam().reason);
  EXPECT_THAT(inventory.warnings[0].message, HasSubstr(GetParam().message));
  EXPECT_TRUE(inventory.warnings[0].makes_incomplete);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, UnknownDistribution,
    testing::Values(DistributionRow{"known", "ID=debian\n", "Package: a\nVersion: 1\n", 5, nullptr},
                    DistributionRow{"derivative", "ID=kali\nID_LIKE=debian\n", "Package: a\nVersion: 1\n", 5,
                                    "\"kali\""},
                    DistributionRow{"no_os_release", "", "Package: a\nVersion: 1\n", 5, "no os-release tells"},
                    DistributionRow{"programs_of_nobody", "", "", 3, "3 ELF files"},
                    DistributionRow{"empty_image", "", "", 0, nullptr},
                    DistributionRow{"known_without_packages", "ID=debian\n", "", 3,
                                    "3 ELF files of distribution \"debian\"", "NoPackageDatabase"},
                    DistributionRow{"known_without_programs", "ID=debian\n", "", 0, nullptr}),
    [](const auto& row) { return row.param.name; });

// An image of nothing but a Go program needs no database to be known.
TEST(ExtractAll, ProgramsThatTellThemselvesNeedNoPackageDatabase) {
  ImageContent content{.files = {}, .unsupported = {}};
  content.programs = {{.path = "app", .bytes = 1000, .is_told = true}};
  EXPECT_THAT(inventory_of(content).warnings, IsEmpty());
  content.programs.push_back({.path = "helper", .bytes = 1000});
  ASSERT_THAT(inventory_of(content).warnings, SizeIs(1));
  EXPECT_EQ(inventory_of(content).warnings[0].count, 1U);
}

TEST(ExtractAll, WarningsAreBoundedAndTheRestIsCounted) {
  std::vector<std::string> paths;
  for (int i = 0; i < 5000; ++i) paths.push_back("node_modules/p" + std::to_string(i) + "/package.json");
  Image image;
  for (const std::string& path : paths) image.files.push_back(file(path, "{"));

  const ImageInventory inventory = extract_all(image);

  ASSERT_THAT(inventory.warnings, SizeIs(1000));
  EXPECT_EQ(inventory.warnings.back().reason, "LimitExceeded");
  EXPECT_EQ(inventory.warnings.back().count, 4001U);
}

}  // namespace
}  // namespace scanner::inventory
