// `pratique scan --sbom` finds what the scan of the image finds, whoever wrote the SBOM: images with real package
// lists, and records that tell each package's version from those below and above it.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>

#include "tests/cli/foreign_sboms.h"
#include "tests/cli/program_fixture.h"
#include "tests/support/rpm_files.h"
#include "tests/support/shared_data.h"
#include "tests/support/tar_builder.h"

namespace tests {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

const std::map<std::string, std::string> kLanguageEcosystems = {{"npm", "npm"},
                                                                {"pypi", "PyPI"},
                                                                {"maven", "Maven"},
                                                                {"golang", "Go"},
                                                                {"cargo", "crates.io"},
                                                                {"gem", "RubyGems"},
                                                                {"composer", "Packagist"},
                                                                {"nuget", "NuGet"},
                                                                {"conan", "ConanCenter"},
                                                                {"pub", "Pub"},
                                                                {"hex", "Hex"},
                                                                {"swift", "SwiftURL"},
                                                                {"julia", "Julia"},
                                                                {"bitnami", "Bitnami"}};

// Two records of each package, by its own name and by its source's: of the versions up to its own, and of those below.
std::vector<std::string> records_about(const Json& scan, const std::string& system_ecosystem) {
  std::set<std::tuple<std::string, std::string, std::string>> subjects;
  for (const Json& package : scan.at("packages")) {
    const auto text = [&](const char* member) { return package.at(member).get<std::string>(); };
    const auto language = kLanguageEcosystems.find(text("type"));
    const std::string ecosystem = language == kLanguageEcosystems.end() ? system_ecosystem : language->second;
    subjects.emplace(ecosystem, text("name"), text("version"));
    subjects.emplace(ecosystem, text("source"), text("sourceVersion"));
  }
  std::vector<std::string> records;
  for (const auto& [ecosystem, name, version] : subjects) {
    for (const char* end : {"last_affected", "fixed"}) {
      const Json events = {{{"introduced", "0"}}, {{end, version}}};
      const Json affected = {{"package", {{"ecosystem", ecosystem}, {"name", name}}},
                             {"ranges", Json::array({{{"type", "ECOSYSTEM"}, {"events", events}}})}};
      const Json record = {{"id", fmt::format("TEST-{}", records.size())},
                           {"modified", "2024-02-02T00:00:00Z"},
                           {"affected", Json::array({affected})}};
      records.push_back(record.dump());
    }
  }
  return records;
}

// A row without where it lies, which not every form tells.
Json without(Json rows, const std::vector<const char*>& names) {
  for (Json& row : rows) {
    for (const char* name : names) row.erase(name);
  }
  return rows;
}

class SbomEquality : public ProgramTest {
 protected:
  [[nodiscard]] Json scan_image() const { return Json::parse(scan("oci:image", {"--output", "json"}).out); }

  [[nodiscard]] Json scan_sbom(const std::string& text) const {
    database_.write("bom.json", text);
    const ProgramRun run =
        pratique({"scan", "--sbom", "bom.json", "--database", database_.database(), "--output", "json"});
    EXPECT_LT(run.err.size(), 200U) << run.err.substr(0, 1000);
    return Json::parse(run.out);
  }

  // The image's scan with records about its packages, which are of this ecosystem where they are the distribution's.
  [[nodiscard]] Json scan_with_records(const std::vector<std::string>& layers, const std::string& system_ecosystem) {
    build_database(sample_osv_records());
    write_image(layers);
    build_database(records_about(scan_image(), system_ecosystem));
    return scan_image();
  }

  void expect_own_documents_to_say(const Json& of_image) const {
    const Json of_cyclonedx = scan_sbom(scan("oci:image", {"--output", "cyclonedx"}).out);
    EXPECT_EQ(of_cyclonedx.at("vulnerabilities"), of_image.at("vulnerabilities"));
    EXPECT_EQ(without(of_cyclonedx.at("packages"), {"foundBy"}), without(of_image.at("packages"), {"foundBy"}));
    const Json of_spdx = scan_sbom(scan("oci:image", {"--output", "spdx"}).out);
    EXPECT_EQ(without(of_spdx.at("vulnerabilities"), {"layer"}), without(of_image.at("vulnerabilities"), {"layer"}));
    EXPECT_EQ(without(of_spdx.at("packages"), {"layer", "foundBy"}),
              without(of_image.at("packages"), {"layer", "foundBy"}));
    for (const Json& of_sbom : {of_cyclonedx, of_spdx}) {
      EXPECT_EQ(of_sbom.at("distribution"), of_image.at("distribution"));
      EXPECT_EQ(of_sbom.at("complete"), of_image.at("complete"));
      EXPECT_EQ(of_sbom.at("digest"), of_image.at("digest"));
    }
  }

  // Others write purls of their own.
  void expect_foreign_documents_to_say(const Json& of_image) const {
    const std::vector<const char*> own = {"purls", "layer", "path"};
    const Json expected = without(of_image.at("vulnerabilities"), own);
    EXPECT_EQ(without(scan_sbom(trivy_cyclonedx(of_image)).at("vulnerabilities"), own), expected) << "Trivy, CycloneDX";
    EXPECT_EQ(without(scan_sbom(trivy_spdx(of_image)).at("vulnerabilities"), own), expected) << "Trivy, SPDX";
    EXPECT_EQ(without(scan_sbom(syft_cyclonedx(of_image)).at("vulnerabilities"), own), expected) << "syft, CycloneDX";
    EXPECT_EQ(without(scan_sbom(syft_spdx(of_image)).at("vulnerabilities"), own), expected) << "syft, SPDX";
  }
};

std::string layer_of(const std::string& os_release, const std::string& path, const std::string& package_database) {
  return TarBuilder().file("etc/os-release", os_release).file(path, package_database).archive();
}

struct DebianRow {
  const char* folder;
  const char* ecosystem;
};

class SbomOfDebians : public SbomEquality, public testing::WithParamInterface<DebianRow> {};

TEST_P(SbomOfDebians, FindsWhatTheImageScanFinds) {
  REQUIRE_SHARED_DATA(root, std::string("data/corpora/distro-truth/rootfs-lite/") + GetParam().folder);
  const std::string layer = layer_of(read_test_file(root / "usr/lib/os-release"), "var/lib/dpkg/status",
                                     read_test_file(root / "var/lib/dpkg/status"));

  const Json of_image = scan_with_records({layer}, GetParam().ecosystem);

  EXPECT_GT(of_image.at("vulnerabilities").size(), 50U);
  EXPECT_TRUE(of_image.at("complete"));
  expect_own_documents_to_say(of_image);
  expect_foreign_documents_to_say(of_image);
}

INSTANTIATE_TEST_SUITE_P(Rows, SbomOfDebians,
                         testing::Values(DebianRow{"bookworm-apps", "Debian:12"},
                                         DebianRow{"jammy-relonly", "Ubuntu:22.04:LTS"}),
                         [](const auto& row) { return std::string(row.param.folder, 5); });

// Between releases a Debian has no number: its code name says where to look.
TEST_F(SbomEquality, OfADebianThatHasNoNumber) {
  const std::string layer = layer_of(
      "ID=debian\nVERSION_CODENAME=trixie\nPRETTY_NAME=\"Debian GNU/Linux trixie/sid\"\n", "var/lib/dpkg/status",
      "Package: libssl3\nStatus: install ok installed\nSource: openssl (3.0.8-1)\nVersion: 1:3.0.9-1\nArchitecture: "
      "amd64\n\n");

  const Json of_image = scan_with_records({layer}, "Debian:13");

  EXPECT_EQ(of_image.at("vulnerabilities").size(), 1U);
  expect_own_documents_to_say(of_image);
}

TEST_F(SbomEquality, OfAnAlpine) {
  REQUIRE_SHARED_DATA(installed, "data/corpora/os-package-dbs/syft/alpine/multiple-1/lib/apk/db/installed");
  const std::string layer = layer_of("ID=alpine\nVERSION_ID=3.19.1\nPRETTY_NAME=\"Alpine Linux v3.19\"\n",
                                     "lib/apk/db/installed", read_test_file(installed));

  const Json of_image = scan_with_records({layer}, "Alpine:v3.19");

  EXPECT_FALSE(of_image.at("vulnerabilities").empty());
  expect_own_documents_to_say(of_image);
  expect_foreign_documents_to_say(of_image);
}

// Epochs, module streams, and sources whose versions are not the packages'.
std::string rpm_layer(const std::string& os_release) {
  const std::string database = sqlite_database(
      {rpm_header({.name = "openssl-libs",
                   .version = "3.0.7",
                   .release = "24.el9",
                   .epoch = 1,
                   .source_rpm = "openssl-3.0.7-24.el9.src.rpm"}),
       rpm_header({.name = "npm",
                   .version = "8.19.2",
                   .release = "1.18.12.1.2.module_el9.1.0+29+de583a0e",
                   .epoch = 1,
                   .source_rpm = "nodejs-18.12.1-2.module_el9.1.0+29+de583a0e.src.rpm",
                   .module = "nodejs:18:9010020221209171213:rhel9"}),
       rpm_header({.name = "bash", .version = "5.1.8", .release = "6.el9", .source_rpm = "bash-5.1.8-6.el9.src.rpm"})});
  return layer_of(os_release, "var/lib/rpm/rpmdb.sqlite", database);
}

struct RpmRow {
  const char* name;
  const char* os_release;
  const char* ecosystem;
};

class SbomOfRpms : public SbomEquality, public testing::WithParamInterface<RpmRow> {};

TEST_P(SbomOfRpms, FindsWhatTheImageScanFinds) {
  const Json of_image = scan_with_records({rpm_layer(GetParam().os_release)}, GetParam().ecosystem);

  EXPECT_GE(of_image.at("vulnerabilities").size(), 3U);
  expect_own_documents_to_say(of_image);
  expect_foreign_documents_to_say(of_image);
}

// By the packages' own names, and by their sources'.
INSTANTIATE_TEST_SUITE_P(
    Rows, SbomOfRpms,
    testing::Values(RpmRow{"AlmaLinux", "ID=almalinux\nVERSION_ID=9.3\nPRETTY_NAME=\"AlmaLinux 9.3\"\n", "AlmaLinux:9"},
                    RpmRow{"Rocky", "ID=rocky\nVERSION_ID=9.3\nPRETTY_NAME=\"Rocky Linux 9.3\"\n", "Rocky Linux:9"},
                    RpmRow{"RedHat", "ID=rhel\nVERSION_ID=9.3\nPRETTY_NAME=\"Red Hat Enterprise Linux 9.3\"\n",
                           "Red Hat:enterprise_linux:9"},
                    RpmRow{"OpenSuse", "ID=opensuse-leap\nVERSION_ID=15.5\nPRETTY_NAME=\"openSUSE Leap 15.5\"\n",
                           "openSUSE:Leap 15.5"},
                    RpmRow{"Azure", "ID=azurelinux\nVERSION_ID=3.0\nPRETTY_NAME=\"Azure Linux 3.0\"\n",
                           "Azure Linux:3"}),
    [](const auto& row) { return std::string(row.param.name); });

// What os-release says for people alone decides: a stream of CentOS is no rebuild of Red Hat's.
TEST_F(SbomEquality, OfACentOsStream) {
  const std::string layer = rpm_layer("ID=centos\nVERSION_ID=9\nPRETTY_NAME=\"CentOS Stream 9\"\n");

  const Json of_image = scan_with_records({layer}, "Red Hat:enterprise_linux:9");

  EXPECT_TRUE(of_image.at("vulnerabilities").empty());
  EXPECT_FALSE(of_image.at("complete"));
  expect_own_documents_to_say(of_image);
}

TEST_F(SbomEquality, OfPackagesWhoseSourcesNobodyTold) {
  REQUIRE_SHARED_DATA(manifest, "data/corpora/os-package-dbs/scalibr/chisel/chisel/single.wall");
  const std::string layer = layer_of("ID=ubuntu\nVERSION_ID=22.04\nPRETTY_NAME=\"Ubuntu 22.04\"\n",
                                     "var/lib/chisel/manifest.wall", read_test_file(manifest));

  const Json of_image = scan_with_records({layer}, "Ubuntu:22.04:LTS");

  EXPECT_EQ(of_image.at("packages").size(), 1U);
  expect_own_documents_to_say(of_image);
}

// Lock files of many kinds, as they lie in the folder.
std::string layer_of_folder(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  TarBuilder layer;
  for (const fs::path& file : files) {
    layer.file("app/" + file.lexically_relative(folder).generic_string(), read_test_file(file));
  }
  return layer.archive();
}

TEST_F(SbomEquality, OfPackagesOfManyLanguages) {
  REQUIRE_SHARED_DATA(folder, "data/corpora/trivy/repo-inputs");

  const Json of_image = scan_with_records({layer_of_folder(folder)}, "none");

  std::set<std::string> types;
  for (const Json& package : of_image.at("packages")) types.insert(package.at("type").get<std::string>());
  EXPECT_GT(types.size(), 8U) << Json(types);
  EXPECT_GT(of_image.at("vulnerabilities").size(), 50U);
  expect_own_documents_to_say(of_image);
  expect_foreign_documents_to_say(of_image);
}

// What scanned an SBOM writes one again.
TEST_F(SbomEquality, OfAnSbomThatIsScannedAndWrittenAgain) {
  const Json of_image = scan_with_records({rpm_layer("ID=rocky\nVERSION_ID=9.3\n")}, "Rocky Linux:9");
  database_.write("first.json", syft_cyclonedx(of_image));
  for (const char* form : {"cyclonedx", "spdx"}) {
    const Json second =
        scan_sbom(pratique({"scan", "--sbom", "first.json", "--database", database_.database(), "--output", form}).out);
    EXPECT_EQ(without(second.at("vulnerabilities"), {"purls", "layer", "path"}),
              without(of_image.at("vulnerabilities"), {"purls", "layer", "path"}));
    EXPECT_TRUE(second.at("complete")) << second.at("warnings");
  }
}

}  // namespace
}  // namespace tests
