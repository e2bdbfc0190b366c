// Lock files of Python's package managers: forms that language_files_test.cc has no row for.
#include <gmock/gmock.h>

#include "scanner/inventory/language_files.h"
#include "tests/scanner/inventory/extraction_support.h"

namespace scanner::inventory {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> packages_of(std::string_view path, std::string_view content) {
  const Extraction extraction = tests::extract(*make_python_lock_extractor(), path, content);
  EXPECT_THAT(extraction.warnings, IsEmpty()) << path;
  return tests::names_and_versions(extraction.packages);
}

// What groups are named by custom says what they are for; others may be installed with the program.
TEST(PoetryLock, LeavesGroupsForDevelopmentOut) {
  EXPECT_THAT(packages_of("poetry.lock",
                          "[[package]]\nname = \"a\"\nversion = \"1\"\ngroups = [\"main\"]\n\n"
                          "[[package]]\nname = \"b\"\nversion = \"2\"\ngroups = [\"main\", \"dev\"]\n\n"
                          "[[package]]\nname = \"c\"\nversion = \"3\"\ngroups = [\"dev\", \"test\"]\n\n"
                          "[[package]]\nname = \"d\"\nversion = \"4\"\ngroups = [\"web\"]\n\n"
                          "[[package]]\nname = \"e\"\nversion = \"5\"\ngroups = []\n"),
              ElementsAre("a 1", "b 2", "d 4", "e 5"));
}

TEST(PdmLock, LeavesGroupsForDevelopmentOut) {
  EXPECT_THAT(packages_of("pdm.lock",
                          "[metadata]\ngroups = [\"default\", \"dev\"]\ncontent_hash = \"x\"\n\n"
                          "[[package]]\nname = \"a\"\nversion = \"1\"\ngroups = [\"default\"]\n"
                          "dependencies = [\"b>=2\"]\n\n"
                          "[[package]]\nname = \"c\"\nversion = \"3\"\ngroups = [\"dev\"]\n"),
              ElementsAre("a 1"));
}

TEST(Requirements, APinMayStandAmongOtherBounds) {
  EXPECT_THAT(packages_of("requirements.txt",
                          "a>=1,==1.5\nb ==2.0,<3\nc[x] == 3.0\nd~=4.0,==4.1\ne!=5.0,==5.1\nf (==6.0)\n"
                          "g==7.0;python_version<'3'\nhttps://example.com/h.zip#egg=h==8.0\n"
                          "i @ https://example.com/i.zip?a==b\n"),
              ElementsAre("a 1.5", "b 2.0", "c 3.0", "d 4.1", "e 5.1", "f 6.0", "g 7.0"));
}

TEST(Requirements, AreFilesOfManyNames) {
  const auto extractor = make_python_lock_extractor();
  for (const char* path : {"requirements.txt", "app/requirements-prod.txt", "app/prod-requirements.txt",
                           "app/requirements/base.txt", "requirements/prod.txt"}) {
    EXPECT_TRUE(extractor->wants(path)) << path;
  }
  for (const char* path : {"app/requirements.in", "app/myrequirements/base.txt", "app/notes.txt",
                           "usr/lib/python3/site-packages/a/requirements/base.txt"}) {
    EXPECT_FALSE(extractor->wants(path)) << path;
  }
}

// As PEP 751 has them: a version that only a build would tell is left out.
TEST(Pylock, WhatIsBuiltFromSourcesMayHaveNoVersion) {
  EXPECT_THAT(
      packages_of(
          "pylock.toml",
          "lock-version = \"1.0\"\n\n[[packages]]\nname = \"a\"\n"
          "vcs = { type = \"git\", url = \"https://example.com/a\", commit-id = \"0123\" }\n\n"
          "[[packages]]\nname = \"b\"\ndirectory = { path = \".\" }\n\n"
          "[[packages]]\nname = \"c\"\nversion = \"3\"\n[packages.archive]\nurl = \"https://example.com/c.zip\"\n"),
      ElementsAre("c 3"));
}

TEST(Pylock, OfARegistryHasAVersion) {
  const Extraction extraction = tests::extract(*make_python_lock_extractor(), "pylock.toml",
                                               "[[packages]]\nname = \"a\"\nindex = \"https://example.com\"\n");
  EXPECT_THAT(extraction.warnings, testing::SizeIs(1));
}

constexpr std::string_view kUvLock = R"(version = 1

[[package]]
name = "app"
version = "0.1.0"
source = { editable = "." }
dependencies = [{ name = "click" }]

[package.optional-dependencies]
postgres = [{ name = "psycopg" }]

[package.dev-dependencies]
dev = [{ name = "pytest" }]
web = [{ name = "gunicorn" }]

[[package]]
name = "click"
version = "8.1.3"
source = { registry = "https://example.com" }
dependencies = [{ name = "shared", marker = "sys_platform == 'linux'" }]

[[package]]
name = "gunicorn"
version = "20.0.0"
source = { registry = "https://example.com" }

[[package]]
name = "pluggy"
version = "1.0.0"
source = { registry = "https://example.com" }

[[package]]
name = "psycopg"
version = "3.0.0"
source = { registry = "https://example.com" }

[[package]]
name = "pytest"
version = "7.0.0"
source = { registry = "https://example.com" }
dependencies = [{ name = "pluggy" }, { name = "shared" }]

[[package]]
name = "shared"
version = "1.0.0"
source = { registry = "https://example.com" }
)";

TEST(UvLock, LeavesOutWhatOnlyDevelopmentNeeds) {
  EXPECT_THAT(packages_of("uv.lock", kUvLock),
              ElementsAre("click 8.1.3", "gunicorn 20.0.0", "psycopg 3.0.0", "shared 1.0.0"));
}

TEST(UvLock, WithoutAPartOfItsOwnKeepsAll) {
  std::string content(kUvLock);
  content.replace(content.find("{ editable = \".\" }"), 18, "{ registry = \"x\" }");
  EXPECT_THAT(packages_of("uv.lock", content), testing::SizeIs(7));
}

}  // namespace
}  // namespace scanner::inventory
