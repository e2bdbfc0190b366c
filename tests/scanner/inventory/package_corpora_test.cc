// The extractors on published package databases, good and broken, against dpkg's own reading and what is known of them.
#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <random>

#include "base/purl.h"
#include "scanner/inventory/apk/apk_extractor.h"
#include "scanner/inventory/chisel/chisel_extractor.h"
#include "scanner/inventory/dpkg/dpkg_extractor.h"
#include "scanner/inventory/npm/npm_extractor.h"
#include "scanner/inventory/opkg/opkg_extractor.h"
#include "scanner/inventory/os_release.h"
#include "scanner/inventory/python/python_extractor.h"
#include "tests/scanner/inventory/extraction_support.h"
#include "tests/scanner/inventory/lines_of_command.h"
#include "tests/support/shared_data.h"

namespace scanner::inventory {
namespace {

using testing::Contains;
using tests::extract;
using tests::lines_of_command;
using tests::names_and_versions;

// A folder that dpkg-query accepts as its database.
class DpkgFolder {
 public:
  explicit DpkgFolder(const std::filesystem::path& status)
      : path_(std::filesystem::temp_directory_path() / ("pratique-dpkg-" + std::to_string(std::random_device{}()))) {
    std::filesystem::create_directories(path_ / "info");
    std::filesystem::create_directories(path_ / "updates");
    std::filesystem::copy_file(status, path_ / "status");
  }
  ~DpkgFolder() { std::filesystem::remove_all(path_); }
  DpkgFolder(const DpkgFolder&) = delete;
  DpkgFolder& operator=(const DpkgFolder&) = delete;
  [[nodiscard]] std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

// Of an Ubuntu image that holds one package.
TEST(RealChiselManifest, IsRead) {
  REQUIRE_SHARED_DATA(manifest, "data/corpora/os-package-dbs/scalibr/chisel/chisel/single.wall");
  const Extraction extraction =
      extract(ChiselExtractor(), "var/lib/chisel/manifest.wall", tests::read_test_file(manifest));
  EXPECT_THAT(names_and_versions(extraction.packages), testing::ElementsAre("base-files 13ubuntu10.2"));
  EXPECT_TRUE(extraction.warnings.empty());
}

class RealDpkgStatus : public testing::TestWithParam<const char*> {};

TEST_P(RealDpkgStatus, IsReadAsDpkgReadsIt) {
  REQUIRE_SHARED_DATA(status, std::string("data/corpora/") + GetParam());
  const DpkgFolder folder(status);
  std::vector<std::string> expected = lines_of_command(
      "dpkg-query --admindir=" + folder.path() +
      " -W -f '${db:Status-Status} ${Package} ${Version} ${source:Package} ${source:Version} ${Architecture}\\n'");
  std::erase_if(expected, [](const std::string& line) {
    return line.starts_with("config-files ") || line.starts_with("not-installed ");
  });
  for (std::string& line : expected) line.erase(0, line.find(' ') + 1);

  const Extraction extraction = extract(DpkgExtractor(), "var/lib/dpkg/status", tests::read_test_file(status));

  std::vector<std::string> found;
  for (const Package& p : extraction.packages) {
    found.push_back(p.name + " " + p.version + " " + p.source_name() + " " + p.effective_source_version() + " " +
                    p.architecture);
  }
  std::sort(found.begin(), found.end());
  std::sort(expected.begin(), expected.end());
  EXPECT_FALSE(expected.empty());
  EXPECT_EQ(found, expected);
  EXPECT_TRUE(extraction.warnings.empty());
}

INSTANTIATE_TEST_SUITE_P(Files, RealDpkgStatus,
                         testing::Values("distro-truth/rootfs-lite/bookworm-apps/var/lib/dpkg/status",
                                         "distro-truth/rootfs-lite/bookworm-relonly/var/lib/dpkg/status",
                                         "distro-truth/rootfs-lite/jammy-relonly/var/lib/dpkg/status",
                                         "claircore/dpkg/testdata/texlive.status",
                                         "claircore/dpkg/testdata/postgresql.status",
                                         "claircore/dpkg/testdata/debian-only.status"));

struct CorpusRow {
  const char* path;
  std::size_t packages;
  std::size_t warnings;
};

Extraction extract_dpkg_row(const CorpusRow& row, const std::filesystem::path& path) {
  return extract(DpkgExtractor(), "var/lib/dpkg/status.d/" + std::string(row.path), tests::read_test_file(path));
}

TEST(DpkgCorpora, GoodAndBrokenFilesGiveWhatIsInThem) {
  REQUIRE_SHARED_DATA(folder, "data/corpora/os-package-dbs");
  for (const CorpusRow& row :
       {CorpusRow{"scalibr/dpkg/dpkg/valid", 7, 0}, CorpusRow{"scalibr/dpkg/dpkg/single", 1, 0},
        CorpusRow{"scalibr/dpkg/dpkg/noversion", 2, 1}, CorpusRow{"scalibr/dpkg/dpkg/statusfield", 6, 0},
        CorpusRow{"scalibr/dpkg/dpkg/transitional_empty", 1, 0}, CorpusRow{"scalibr/dpkg/dpkg/status.d/foo", 1, 0},
        CorpusRow{"syft/debian/var/lib/dpkg/status.d/corrupt", 0, 1},
        CorpusRow{"syft/debian/var/lib/dpkg/status.d/empty", 0, 1},
        CorpusRow{"syft/debian/var/lib/dpkg/status.d/doc-examples", 5, 1},
        CorpusRow{"syft/debian/image-distroless-deb/var/lib/dpkg/status.d/libsqlite3-0", 1, 0}}) {
    const Extraction extraction = extract_dpkg_row(row, folder / row.path);
    EXPECT_EQ(extraction.packages.size(), row.packages) << row.path;
    EXPECT_EQ(extraction.warnings.size(), row.warnings) << row.path;
  }
}

TEST(OpkgCorpora, GoodAndBrokenFilesGiveWhatIsInThem) {
  REQUIRE_SHARED_DATA(folder, "data/corpora/os-package-dbs");
  struct Row {
    const char* file;
    std::vector<std::string> packages;
    std::size_t warnings;
  } const rows[] = {
      {"syft/debian/var/lib/opkg/status", {"dropbear 2024.85-r0", "busybox 1.36.1-r3", "kernel-modules 6.6.0-r0"}, 0},
      {"scalibr/dpkg/opkg/empty", {}, 0},
      {"scalibr/dpkg/opkg/nopackage", {"ubus 2024.10.20~252a9b0c-r1", "busybox 1.36.1-r2"}, 1},
      {"scalibr/dpkg/opkg/noversion", {"ubus 2024.10.20~252a9b0c-r1", "busybox 1.36.1-r2"}, 1},
      {"scalibr/dpkg/opkg/trailingnewlines", {"ubus 2024.10.20~252a9b0c-r1"}, 0},
  };
  for (const Row& row : rows) {
    const Extraction extraction =
        extract(OpkgExtractor(), "usr/lib/opkg/status", tests::read_test_file(folder / row.file));
    EXPECT_EQ(names_and_versions(extraction.packages), row.packages) << row.file;
    EXPECT_EQ(extraction.warnings.size(), row.warnings) << row.file;
  }
}

TEST(ApkCorpora, GoodAndBrokenFilesGiveWhatIsInThem) {
  REQUIRE_SHARED_DATA(folder, "data/corpora");
  for (const CorpusRow& row : {CorpusRow{"os-package-dbs/syft/alpine/multiple-1/lib/apk/db/installed", 4, 0},
                               CorpusRow{"os-package-dbs/syft/alpine/multiple-2/lib/apk/db/installed", 14, 0},
                               CorpusRow{"os-package-dbs/syft/alpine/corrupt/lib/apk/db/installed", 1, 1},
                               CorpusRow{"trivy/analyzer-inputs/pkg/apk/testdata/apk", 15, 1},
                               CorpusRow{"osv-scanner-inputs/source/testdata/locks-many/installed", 1, 1}}) {
    const Extraction extraction =
        extract(ApkExtractor(), "lib/apk/db/installed", tests::read_test_file(folder / row.path));
    EXPECT_EQ(extraction.packages.size(), row.packages) << row.path;
    EXPECT_EQ(extraction.warnings.size(), row.warnings) << row.path;
  }
}

TEST(NpmCorpora, InstalledPackagesAreRead) {
  REQUIRE_SHARED_DATA(folder, "data/corpora/trivy/repo-inputs/npm");
  std::vector<std::string> found;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    const std::string path = entry.path().lexically_relative(folder).string();
    if (!NpmExtractor().wants(path)) continue;
    for (const auto& line : names_and_versions(extract(NpmExtractor(), path, tests::read_test_file(entry)).packages)) {
      found.push_back(line);
    }
  }
  EXPECT_THAT(found, Contains("jquery 3.3.9"));
  EXPECT_THAT(found, Contains("react 16.8.6"));
}

TEST(OsReleaseCorpora, EveryFolderNamesItsRelease) {
  REQUIRE_SHARED_DATA(folder, "data/corpora/claircore");
  for (const auto& [id, path] : {std::pair{"debian", "debian/testdata/dist"}, std::pair{"alpine", "alpine/testdata"},
                                 std::pair{"ubuntu", "ubuntu/testdata/dist"}}) {
    for (const auto& entry : std::filesystem::directory_iterator(folder / path)) {
      const auto file = entry.path() / "etc/os-release";
      if (!std::filesystem::exists(file)) continue;
      const Distribution distribution = parse_os_release(tests::read_test_file(file));
      EXPECT_EQ(distribution.id, id) << file;
      EXPECT_TRUE(distribution.version_id.starts_with(entry.path().filename().string())) << file;
    }
  }
}

std::string text_of(const nlohmann::json& input, const char* key) {
  const auto found = input.find(key);
  return found != input.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::string build_purl(const nlohmann::json& input) {
  std::map<std::string, std::string> qualifiers;
  if (input.at("qualifiers").is_object()) qualifiers = input.at("qualifiers");
  const std::string type = text_of(input, "type");
  const std::string space = text_of(input, "namespace");
  const std::string name = text_of(input, "name");
  const std::string version = text_of(input, "version");
  return base::write_purl({.type = type,
                           .space = space,
                           .name = name,
                           .version = version,
                           .qualifiers = {qualifiers.begin(), qualifiers.end()}});
}

TEST(PurlSpecification, EveryBuildTestOfOurTypesHolds) {
  REQUIRE_SHARED_DATA(folder, "data/corpora/purl-spec/types");
  int built = 0;
  for (const char* type : {"deb", "apk", "npm", "pypi", "rpm", "maven", "golang", "cargo", "gem", "composer", "nuget",
                           "conda", "hex", "pub", "swift", "julia"}) {
    if (!std::filesystem::exists(folder / (std::string(type) + "-test.json"))) continue;
    const auto document = nlohmann::json::parse(tests::read_test_file(folder / (std::string(type) + "-test.json")));
    for (const auto& test : document.at("tests")) {
      if (test.at("test_type") != "build" || test.at("expected_failure") == true) continue;
      nlohmann::json input = test.at("input");
      if (!text_of(input, "subpath").empty()) continue;  // never written
      if (input.at("type") == "pypi") input["name"] = normalised_python_name(text_of(input, "name"));
      EXPECT_EQ(build_purl(input), test.at("expected_output").get<std::string>()) << test;
      ++built;
    }
  }
  EXPECT_GE(built, 15);
}

}  // namespace
}  // namespace scanner::inventory
