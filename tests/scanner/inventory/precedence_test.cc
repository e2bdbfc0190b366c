#include "scanner/inventory/precedence.h"

#include <gmock/gmock.h>

#include <memory>

#include "scanner/inventory/apk/apk_extractor.h"
#include "scanner/inventory/dpkg/dpkg_extractor.h"
#include "scanner/inventory/owned_files.h"
#include "scanner/inventory/rpm/rpm_header.h"
#include "tests/scanner/inventory/extraction_support.h"

namespace scanner::inventory {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

// A file that tells one package of a type.
struct Told {
  std::string path;
  Extraction extraction;
};

Told told(const char* path, const char* type, bool is_locked = false) {
  Told one{.path = path, .extraction = {}};
  one.extraction.packages = {Package{.type = type, .name = "a", .version = "1"}};
  one.extraction.is_locked = is_locked;
  return one;
}

Told owner(std::vector<std::string> files) {
  Told one = told("var/lib/dpkg/status", "deb");
  one.extraction.owned_files = std::move(files);
  return one;
}

// The paths of the files that count.
std::vector<std::string> counting(const std::vector<Told>& all, const Distribution& distribution = tests::debian_12()) {
  std::vector<ReadFile> files;
  for (const Told& one : all) {
    files.push_back({.path = one.path, .layer = tests::kTestLayer, .extraction = &one.extraction});
  }
  const Precedence precedence(files, distribution);
  std::vector<std::string> paths;
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (precedence.counts(all[i].extraction.packages.front().type, files[i])) paths.push_back(all[i].path);
  }
  return paths;
}

TEST(Precedence, WhatAPackageOwnsIsThatPackage) {
  EXPECT_THAT(
      counting({owner({"share/java/a.jar"}), told("usr/share/java/a.jar", "maven"), told("opt/a.jar", "maven")}),
      ElementsAre("var/lib/dpkg/status", "opt/a.jar"));
}

TEST(Precedence, WhereNobodyTellsOfTheDistributionNothingIsLeftOut) {
  EXPECT_THAT(counting({owner({"share/java/a.jar"}), told("usr/share/java/a.jar", "maven")},
                       {.id = "nowhere", .version_id = "1", .codename = "", .pretty_name = ""}),
              ElementsAre("var/lib/dpkg/status", "usr/share/java/a.jar"));
}

TEST(Precedence, ADatabaseThatItsOwnPackageListsStillCounts) {
  EXPECT_THAT(counting({owner({"var/lib/rpm/Packages"}), told("var/lib/rpm/Packages", "rpm")}),
              ElementsAre("var/lib/dpkg/status", "var/lib/rpm/Packages"));
}

TEST(Precedence, InstalledPackagesAreBelievedBeforeTheLockFileBesideThem) {
  EXPECT_THAT(counting({told("app/node_modules/a/package.json", "npm"), told("app/package-lock.json", "npm", true),
                        told("other/package-lock.json", "npm", true), told("app/Cargo.lock", "cargo", true)}),
              ElementsAre("app/node_modules/a/package.json", "other/package-lock.json", "app/Cargo.lock"));
}

// Composer installs sources: a lock file among them was used by who made the package.
TEST(Precedence, ALockFileOfAComposerPackageIsNoneOfTheProgram) {
  Told list = told("srv/3rdparty/composer/installed.json", "composer");
  list.extraction.packages.front().name = "guzzlehttp/psr7";
  EXPECT_THAT(counting({list, told("srv/3rdparty/guzzlehttp/psr7/composer.lock", "composer", true),
                        told("srv/3rdparty/guzzlehttp/psr7/ui/yarn.lock", "npm", true),
                        told("srv/3rdparty/guzzlehttp/other/yarn.lock", "npm", true),
                        told("srv/3rdparty/guzzlehttp/psr7/lib/a.jar", "maven")}),
              ElementsAre("srv/3rdparty/composer/installed.json", "srv/3rdparty/guzzlehttp/other/yarn.lock",
                          "srv/3rdparty/guzzlehttp/psr7/lib/a.jar"));
}

// Spring Boot's, of an application that was unpacked.
TEST(Precedence, AnApplicationsSbomLiesBesideItsLibraries) {
  EXPECT_THAT(counting({told("app/BOOT-INF/lib/a.jar", "maven"), told("app/META-INF/sbom/bom.cdx.json", "maven", true),
                        told("other/META-INF/sbom/bom.cdx.json", "maven", true)}),
              ElementsAre("app/BOOT-INF/lib/a.jar", "other/META-INF/sbom/bom.cdx.json"));
}

TEST(Precedence, PythonAndRubyInstallElsewhere) {
  EXPECT_THAT(counting({told("usr/lib/python3/site-packages/a-1.dist-info/METADATA", "pypi"),
                        told("app/poetry.lock", "pypi", true), told("app/Gemfile.lock", "gem", true)}),
              ElementsAre("usr/lib/python3/site-packages/a-1.dist-info/METADATA", "app/Gemfile.lock"));
}

TEST(OwnedFiles, AreThoseThatCouldTellAPackage) {
  std::vector<std::string> owned;
  for (const char* path : {"/usr/share/java/a.jar", "/usr/bin/docker", "/lib/python3/x.egg-info",
                           "/usr/share/doc/a/README", "/usr/libexec/runc", "/."}) {
    add_owned_file(owned, path);
  }
  EXPECT_THAT(owned, ElementsAre("share/java/a.jar", "bin/docker", "lib/python3/x.egg-info", "libexec/runc"));
  EXPECT_EQ(comparable_path("/lib/a"), comparable_path("usr/lib/a")) << "one and the same where /lib is a link";
}

TEST(OwnedFiles, AreThoseThatMayBePrograms) {
  std::vector<std::string> owned;
  for (const char* path : {"/usr/lib/x86_64-linux-gnu/libc.so.6", "/usr/lib/jvm/java-17/lib/jspawnhelper",
                           "/lib/modules/6.1.0/net/a.ko", "/usr/lib64/crt1.o", "/usr/share/doc/libc6/copyright",
                           "/usr/lib/python3.11/os.py", "/usr/share/locale/de/LC_MESSAGES/a.mo", "/etc/hosts"}) {
    add_owned_file(owned, path);
  }
  EXPECT_THAT(owned, ElementsAre("lib/x86_64-linux-gnu/libc.so.6", "lib/jvm/java-17/lib/jspawnhelper",
                                 "lib/modules/6.1.0/net/a.ko", "lib64/crt1.o"));
}

TEST(OwnedFiles, AreReadFromTheListsOfDpkg) {
  const Extraction list =
      tests::extract(DpkgExtractor(), "var/lib/dpkg/info/curl.list", "/.\n/usr\n/usr/bin\n/usr/bin/curl\n");
  EXPECT_THAT(list.owned_files, testing::Contains("bin/curl"));
  const Extraction sums = tests::extract(DpkgExtractor(), "var/lib/dpkg/status.d/curl.md5sums",
                                         "d41d8cd98f00b204e9800998ecf8427e  usr/bin/curl\n");
  EXPECT_THAT(sums.owned_files, ElementsAre("bin/curl"));
}

TEST(OwnedFiles, AreReadFromTheDatabaseOfApk) {
  const Extraction extraction =
      tests::extract(ApkExtractor(), "lib/apk/db/installed",
                     "P:curl\nV:8.1-r0\nF:usr\nF:usr/bin\nR:curl\nR:curl-config\nF:usr/share\n"
                     "R:text\n\n");
  EXPECT_THAT(extraction.owned_files, UnorderedElementsAre("bin/curl", "bin/curl-config"));
}

}  // namespace
}  // namespace scanner::inventory
