#include "scanner/inventory/unsupported.h"

#include <gtest/gtest.h>

#include <string>

namespace scanner::inventory {
namespace {

struct PathRow {
  const char* path;
  const char* kind;
};

class UnsupportedPath : public testing::TestWithParam<PathRow> {};

TEST_P(UnsupportedPath, IsTold) {
  EXPECT_EQ(recognise_unsupported(GetParam().path), GetParam().kind);
}

INSTANTIATE_TEST_SUITE_P(Rows, UnsupportedPath,
                         testing::Values(PathRow{"var/lib/rpm/Packages", ""}, PathRow{"app/x.jar", ""},
                                         PathRow{"app/Cargo.lock", ""}, PathRow{"app/bun.lockb", "npm lock file"},
                                         PathRow{"app/node_modules/a/bun.lockb", ""},
                                         PathRow{"ios/Podfile.lock", "CocoaPods lock file"}, PathRow{"conan.lock", ""},
                                         PathRow{"renv.lock", ""}, PathRow{"stack.yaml.lock", ""},
                                         PathRow{"var/lib/pacman/local/zlib-1.3-1/desc", ""},
                                         PathRow{"var/db/pkg/dev-libs/x-1/CONTENTS", "portage database"},
                                         PathRow{"usr/lib/opkg/status", "opkg database"}, PathRow{"a/x.egg", ""},
                                         PathRow{"usr/share/python-wheels/pip-23.0.1-py3-none-any.whl", ""},
                                         PathRow{"go/src/go.mod", ""}, PathRow{"var/lib/dpkg/status", ""},
                                         PathRow{"etc/os-release", ""}, PathRow{"", ""}));

}  // namespace
}  // namespace scanner::inventory
