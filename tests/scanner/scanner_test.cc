// The pipeline with its real child process: images in memory or on disk in, inventories out.
#include "scanner/scanner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "registry/oci_layout.h"
#include "scanner/report_version.h"
#include "tests/support/compress.h"
#include "tests/support/layout_writer.h"
#include "tests/support/rpm_files.h"
#include "tests/support/tar_builder.h"
#include "tests/support/test_image.h"

namespace scanner {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using tests::MemoryImageSource;
using tests::TarBuilder;
using tests::TestLayer;

constexpr std::string_view kOsRelease = "ID=debian\nVERSION_ID=\"12\"\nVERSION_CODENAME=bookworm\n";
constexpr std::string_view kStatus =
    "Package: libc6\nStatus: install ok installed\nArchitecture: amd64\nSource: glibc\nVersion: 2.36-9+deb12u4\n\n"
    "Package: bash\nStatus: install ok installed\nArchitecture: amd64\nVersion: 5.2.15-2+b2\n\n";

TarBuilder debian() {
  return TarBuilder()
      .directory("etc/")
      .symbolic_link("etc/os-release", "../usr/lib/os-release")
      .file("usr/lib/os-release", kOsRelease)
      .file("var/lib/dpkg/status", kStatus);
}

TestLayer gzip_layer(const TarBuilder& tar) {
  return {.bytes = tests::gzip(tar.archive())};
}

Inventory scan(registry::ImageSource& source, const base::Digest& digest, const ScanLimits& limits = {}) {
  return scan_image(source, digest, "linux/amd64", {.limits = limits}, {}, {});
}

Inventory scan(MemoryImageSource& source, const ScanLimits& limits = {}) {
  return scan(source, source.digest(), limits);
}

Inventory scan_layers(std::vector<TestLayer> layers, const ScanLimits& limits = {}) {
  MemoryImageSource source(std::move(layers));
  return scan(source, limits);
}

std::vector<std::string> names_of(const Inventory& inventory) {
  std::vector<std::string> names;
  for (const Package& package : inventory.packages) names.push_back(package.name + " " + package.version);
  return names;
}

std::vector<std::string> texts_of(const Inventory& inventory) {
  std::vector<std::string> texts;
  for (const ScanWarning& warning : inventory.warnings) {
    texts.push_back(warning.reason + " " + warning.path + ": " + warning.message);
  }
  return texts;
}

// SQLite needs nothing of the system that the sandbox refuses.
TEST(Scan, ReadsAnRpmDatabaseOfSqliteInTheSandbox) {
  const std::string database =
      tests::sqlite_database({tests::rpm_header({.name = "bash", .version = "5.1.8", .release = "9.el9"})});
  const Inventory inventory = scan_layers({gzip_layer(TarBuilder()
                                                          .file("etc/os-release", "ID=almalinux\nVERSION_ID=9.3\n")
                                                          .symbolic_link("var/lib/rpm", "../../usr/lib/sysimage/rpm")
                                                          .file("usr/lib/sysimage/rpm/rpmdb.sqlite", database)
                                                          .file("usr/lib/sysimage/rpm/rpmdb.sqlite-wal", ""))});
  EXPECT_THAT(texts_of(inventory), IsEmpty());
  EXPECT_TRUE(inventory.complete);
  EXPECT_THAT(names_of(inventory), ElementsAre("bash 5.1.8-9.el9"));
}

TEST(Scan, ReadsTheSameFromEveryCompression) {
  const std::string tar = debian().archive();
  for (const TestLayer& layer : {TestLayer{tar, std::string(tests::kTarLayer)}, TestLayer{tests::gzip(tar)},
                                 TestLayer{tests::zstd(tar), "application/vnd.oci.image.layer.v1.tar+zstd"},
                                 TestLayer{tests::zstd(tar), std::string(tests::kGzipLayer)}}) {
    MemoryImageSource source({layer});
    const Inventory inventory = scan(source);
    EXPECT_THAT(names_of(inventory), ElementsAre("bash 5.2.15-2+b2", "libc6 2.36-9+deb12u4"));
    EXPECT_THAT(texts_of(inventory), IsEmpty());
    EXPECT_TRUE(inventory.complete);
    EXPECT_EQ(inventory.distribution.id, "debian");
    EXPECT_EQ(inventory.distribution.version_id, "12");
    EXPECT_EQ(inventory.digest, source.digest().text());
    EXPECT_EQ(inventory.platform, "linux/amd64");
    EXPECT_EQ(inventory.compressed_bytes, layer.bytes.size());
    EXPECT_EQ(inventory.scanner_version, scanner_version());
    EXPECT_EQ(inventory.packages.at(1).source, "glibc");
    EXPECT_EQ(inventory.packages.at(1).layer, base::Digest::of(layer.bytes).text());
  }
}

TEST(Scan, ReadsAnOciLayoutFromDisk) {
  const tests::TemporaryFolder folder;
  tests::LayoutWriter layout(folder.path());
  const base::Digest digest = layout.add_image("1.0", {gzip_layer(debian()).bytes});
  const auto source = registry::make_oci_layout_source({.directory = folder.path().string(), .tag = "1.0"});

  const Inventory inventory = scan(*source, digest);

  EXPECT_THAT(names_of(inventory), ElementsAre("bash 5.2.15-2+b2", "libc6 2.36-9+deb12u4"));
  EXPECT_TRUE(inventory.complete) << ::testing::PrintToString(texts_of(inventory));
}

TEST(Scan, SeesTheImageAsItsUpperLayersLeaveIt) {
  const TarBuilder upper =
      TarBuilder()
          .file("var/lib/dpkg/status",
                "Package: bash\nStatus: install ok installed\n"
                "Architecture: amd64\nVersion: 5.3-1\n\n")
          .file("app/node_modules/lodash/package.json", R"({"name":"lodash","version":"4.17.20"})");
  const TarBuilder top = TarBuilder().file("app/node_modules/.wh.lodash", "");

  EXPECT_THAT(names_of(scan_layers({gzip_layer(debian()), gzip_layer(upper)})),
              ElementsAre("bash 5.3-1", "lodash 4.17.20"));
  EXPECT_THAT(names_of(scan_layers({gzip_layer(debian()), gzip_layer(upper), gzip_layer(top)})),
              ElementsAre("bash 5.3-1"));
}

TEST(Scan, FindsTheDatabaseThroughLinks) {
  const TarBuilder moved = TarBuilder()
                               .file("etc/os-release", kOsRelease)
                               .symbolic_link("var/lib/dpkg", "/usr/lib/dpkg-db")
                               .file("usr/lib/dpkg-db/status", kStatus);
  const Inventory inventory = scan_layers({gzip_layer(moved)});
  EXPECT_THAT(names_of(inventory), ElementsAre("bash 5.2.15-2+b2", "libc6 2.36-9+deb12u4"));
  EXPECT_EQ(inventory.packages.at(0).path, "var/lib/dpkg/status");
  EXPECT_TRUE(inventory.complete);
}

TEST(Scan, NeverCallsAHostileImageClean) {
  const std::string archive = debian().archive();
  const std::string gzip = tests::gzip(archive);
  std::string broken = gzip;
  broken[gzip.size() / 2] ^= 0x20;
  const std::string bomb = tests::gzip(std::string(100 << 20, '\0'));
  struct Row {
    std::string name;
    std::vector<TestLayer> layers;
    std::string warning;
  } const rows[] = {
      {"gzip bomb",
       {{tests::gzip(debian().entry({.path = "zeros", .size_field = "00700000000"}).bytes()) + bomb}},
       "LimitExceeded sha256:"},
      {"path out of the image",
       {gzip_layer(debian().file("../../../etc/shadow", "x"))},
       "CorruptLayer ../../../etc/shadow"},
      {"layer cut off before it was pushed", {{gzip.substr(0, gzip.size() - 20)}}, "CorruptLayer sha256:"},
      {"layer with a flipped bit", {{broken}}, "CorruptLayer sha256:"},
      {"layer that is no archive",
       {{"#!/bin/sh\necho this is a Helm chart, perhaps; longer than one block\n" + std::string(600, '#')}},
       "CorruptLayer sha256:"},
      {"garbage behind the layer", {{gzip + "garbage"}}, "CorruptLayer sha256:"},
      {"xz", {{std::string("\xfd\x37\x7a\x58\x5a\x00", 6) + std::string(100, 'x')}}, "xz compression is not supported"},
      {"broken dpkg status",
       {gzip_layer(
           TarBuilder().file("etc/os-release", kOsRelease).file("var/lib/dpkg/status", std::string(300, '\xff')))},
       " var/lib/dpkg/status: "},
      {"stanza without a version",
       {gzip_layer(TarBuilder()
                       .file("etc/os-release", kOsRelease)
                       .file("var/lib/dpkg/status", "Package: bash\nStatus: install ok installed\n\n"))},
       " var/lib/dpkg/status: "},
      {"unknown distribution", {gzip_layer(TarBuilder().file("var/lib/dpkg/status", kStatus))}, "UnknownDistribution "},
      {"truncated rpm database",
       {gzip_layer(debian().file("var/lib/rpm/rpmdb.sqlite", "SQLite format 3"))},
       "Unreadable var/lib/rpm/rpmdb.sqlite"},
      {"database of 136 MiB",
       {gzip_layer(TarBuilder().file("var/lib/dpkg/status", std::string(136 << 20, '\n')))},
       "LimitExceeded var/lib/dpkg/status"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    const Inventory inventory = scan_layers(row.layers);
    EXPECT_FALSE(inventory.complete);
    EXPECT_THAT(texts_of(inventory), Contains(HasSubstr(row.warning)));
  }
}

TEST(Scan, ALayerThatIsNotReadLeavesTheImageIncomplete) {
  const TestLayer small = gzip_layer(debian());
  const TestLayer large = gzip_layer(TarBuilder().file("noise", "x"));
  const Inventory inventory = scan_layers({small, large}, {.compressed_bytes_max = small.bytes.size()});
  EXPECT_FALSE(inventory.complete);
  EXPECT_THAT(texts_of(inventory), ElementsAre(AllOf(HasSubstr("LimitExceeded " + base::Digest::of(large.bytes).text()),
                                                     HasSubstr("were not read"))));
  EXPECT_EQ(inventory.packages.size(), 2U);
}

TEST(Scan, ALyingRegistryIsAnErrorAndNoInventory) {
  MemoryImageSource source({gzip_layer(debian()), gzip_layer(TarBuilder().file("x", "y"))});
  source.on_layer = [](std::size_t layer) {
    if (layer == 1) throw base::ParseError("blob sha256:...: its digest is another");
  };
  EXPECT_THROW(static_cast<void>(scan(source)), base::ParseError);
}

TEST(Scan, EndsInTimeAndSaysSo) {
  const Inventory inventory = scan_layers({gzip_layer(debian())}, {.timeout = std::chrono::seconds(-1)});
  EXPECT_FALSE(inventory.complete);
  EXPECT_THAT(inventory.packages, IsEmpty());
  EXPECT_THAT(texts_of(inventory), ElementsAre(HasSubstr("LimitExceeded")));
}

TEST(Scan, AStopRequestEndsIt) {
  MemoryImageSource source({gzip_layer(debian())});
  std::stop_source stop;
  source.on_layer = [&](std::size_t) { stop.request_stop(); };
  EXPECT_THROW(static_cast<void>(scan_image(source, source.digest(), "linux/amd64", {}, {}, stop.get_token())),
               base::NetworkError);
}

TEST(Scan, TellsItsProgress) {
  MemoryImageSource source({gzip_layer(debian())});
  source.piece_bytes = 100;
  std::vector<ScanProgress> seen;
  static_cast<void>(scan_image(source, source.digest(), "linux/amd64", {},
                               [&](const ScanProgress& progress) { seen.push_back(progress); }, {}));
  ASSERT_GE(seen.size(), 3U);
  EXPECT_EQ(seen.front().bytes_done, 100U);
  EXPECT_EQ(seen.front().stage, "fetch");
  EXPECT_EQ(seen.back().stage, "extract");
  EXPECT_EQ(seen.back().bytes_done, seen.back().bytes_total);
}

TEST(Scan, AnImageWithoutLayersIsEmpty) {
  const Inventory inventory = scan_layers({});
  EXPECT_TRUE(inventory.complete);
  EXPECT_THAT(inventory.packages, IsEmpty());
}

}  // namespace
}  // namespace scanner
