// Lock files of the package managers of npm: forms of entries that language_files_test.cc has no row for.
#include <gmock/gmock.h>

#include "scanner/inventory/language_files.h"
#include "tests/scanner/inventory/extraction_support.h"

namespace scanner::inventory {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> packages_of(std::string_view path, const std::string& content) {
  const Extraction extraction = tests::extract(*make_npm_lock_extractor(), path, content);
  EXPECT_THAT(extraction.warnings, IsEmpty());
  return tests::names_and_versions(extraction.packages);
}

struct PnpmRow {
  const char* name;
  const char* key;
  const char* below;    // a line; empty: none
  const char* package;  // empty: none
};

class PnpmKey : public testing::TestWithParam<PnpmRow> {};

TEST_P(PnpmKey, NamesItsPackage) {
  const PnpmRow& row = GetParam();
  const std::string content = std::string("lockfileVersion: '9.0'\n\npackages:\n\n  ") + row.key +
                              ":\n    resolution: {integrity: sha512-x}\n" + row.below +
                              "\n  last@1.0.0:\n    resolution: {integrity: sha512-y}\n";
  const std::vector<std::string> packages = packages_of("pnpm-lock.yaml", content);
  if (*row.package == '\0') {
    EXPECT_THAT(packages, ElementsAre("last 1.0.0"));
  } else {
    EXPECT_THAT(packages, ElementsAre(row.package, "last 1.0.0"));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Rows, PnpmKey,
    testing::Values(
        PnpmRow{"tarball", "foo@https://codeload.github.com/a/foo/tar.gz/0123abc", "    version: 1.2.3\n", "foo 1.2.3"},
        PnpmRow{"folder", "foo@file:../x", "    version: 0.1.0\n", "foo 0.1.0"},
        PnpmRow{"folder_of_a_scope", "'@s/foo@file:../x'", "    version: '0.1.0'\n", "@s/foo 0.1.0"},
        PnpmRow{"folder_without_version", "'@s/foo@file:../x'", "", ""},
        PnpmRow{"repository", "foo@git+https://git.example.com/a/foo.git#0123abc", "    version: 2.0.0\n", "foo 2.0.0"},
        PnpmRow{"other_registry_5", "registry.example.org/foo/1.0.0_bar@2.0.0", "", "foo 1.0.0"},
        PnpmRow{"other_registry_5_scope", "registry.example.org/@s/foo/1.0.0", "", "@s/foo 1.0.0"},
        PnpmRow{"other_registry_6", "registry.example.org/foo@1.0.0(bar@2.0.0)", "", "foo 1.0.0"},
        PnpmRow{"repository_5", "github.com/a/foo/0123abc", "    name: foo\n    version: 3.1.0\n", "foo 3.1.0"},
        PnpmRow{"repository_5_untold", "github.com/a/foo/0123abc", "", ""},
        PnpmRow{"archive_5", "'@registry.example.org/foo/-/foo-1.0.0.tgz'", "    name: foo\n    version: 1.0.0\n",
                "foo 1.0.0"},
        PnpmRow{"folder_5", "file:../x", "    name: x\n    version: 1.0.0\n", "x 1.0.0"},
        PnpmRow{"folder_5_untold", "file:x.tgz", "", ""}, PnpmRow{"scope_5", "/@s/foo/1.0.0", "", "@s/foo 1.0.0"},
        PnpmRow{"scope_6", "/@s/foo@1.0.0(bar@2.0.0)", "", "@s/foo 1.0.0"}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(PnpmLock, AKeyWithoutAVersionIsTold) {
  const Extraction extraction = tests::extract(*make_npm_lock_extractor(), "pnpm-lock.yaml",
                                               "lockfileVersion: '9.0'\npackages:\n  foo:\n    dev: false\n");
  EXPECT_THAT(extraction.packages, IsEmpty());
  EXPECT_EQ(extraction.warnings.size(), 1U);
}

constexpr std::string_view kPnpm9 = R"(lockfileVersion: '9.0'

importers:

  .:
    dependencies:
      '@s/web':
        specifier: ^1.0.0
        version: 1.0.0(react@18.0.0)
      own:
        specifier: workspace:*
        version: link:packages/own
      renamed:
        specifier: npm:real@^2
        version: real@2.0.0
    devDependencies:
      jest:
        specifier: ^29.0.0
        version: 29.0.0

  packages/own:
    optionalDependencies:
      fsevents:
        specifier: ^2.0.0
        version: 2.3.0

packages:

  '@s/web@1.0.0':
    resolution: {integrity: sha512-a}
    peerDependencies:
      react: '*'

  fsevents@2.3.0:
    resolution: {integrity: sha512-b}

  jest@29.0.0:
    resolution: {integrity: sha512-c}

  lodash@3.0.0:
    resolution: {integrity: sha512-d}

  lodash@4.17.11:
    resolution: {integrity: sha512-e}

  react@18.0.0:
    resolution: {integrity: sha512-f}

  real@2.0.0:
    resolution: {integrity: sha512-g}

snapshots:

  '@s/web@1.0.0(react@18.0.0)':
    dependencies:
      lodash: 4.17.11
      react: 18.0.0

  fsevents@2.3.0:
    optional: true

  jest@29.0.0:
    dependencies:
      lodash: 3.0.0
      react: 18.0.0

  lodash@3.0.0: {}

  lodash@4.17.11: {}

  react@18.0.0: {}

  real@2.0.0: {}
)";

TEST(PnpmLock, LeavesOutWhatOnlyDevelopmentNeeds) {
  EXPECT_THAT(packages_of("pnpm-lock.yaml", std::string(kPnpm9)),
              ElementsAre("@s/web 1.0.0", "fsevents 2.3.0", "lodash 4.17.11", "react 18.0.0", "real 2.0.0"));
}

TEST(PnpmLock, InDoubtKeepsAll) {
  std::string content(kPnpm9);
  content.replace(content.find("lodash: 4.17.11"), 15, "lodash: 4.17.99");
  EXPECT_EQ(packages_of("pnpm-lock.yaml", content).size(), 7U);
}

TEST(BunLock, LeavesOutWhatOnlyDevelopmentNeeds) {
  EXPECT_THAT(packages_of("bun.lock", R"({
  "lockfileVersion": 1,
  "workspaces": {
    "": {"name": "app", "dependencies": {"@s/web": "^1.0.0",}, "devDependencies": {"jest": "^29.0.0",},
         "peerDependencies": {"typescript": "^5", "absent": "*",},},
  },
  "packages": {
    "@s/web": ["@s/web@1.0.0", "", {"dependencies": {"lodash": "^4.0.0"}, "optionalDependencies": {"absent": "1"}}, "x"],

    "jest": ["jest@29.0.0", "", {"dependencies": {"lodash": "^3.0.0", "pretty": "*"}}, "x"],
    "jest/lodash": ["lodash@3.0.0", "", {}, "x"],
    "lodash": ["lodash@4.17.11", "", {"bin": {"a,}": "\\\","}}, "x"],
    "pretty": [
      "pretty@1.0.0",
      "",
      {},
      "x",
    ],
    "typescript": ["typescript@5.0.0", "", {}, "x"],
  }
}
)"),
              ElementsAre("@s/web 1.0.0", "lodash 3.0.0", "lodash 4.17.11", "typescript 5.0.0"))
      << "of two versions of a name both are kept";
}

}  // namespace
}  // namespace scanner::inventory
