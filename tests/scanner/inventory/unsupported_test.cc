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

INSTANTIATE_TEST_SUITE_P(
    Rows, UnsupportedPath,
    testing::Values(PathRow{"nix/var/nix/db/db.sqlite", "Nix database"}, PathRow{"srv/nix/var/nix/db/db.sqlite", ""},
                    PathRow{"var/lib/rpm/Packages", ""}, PathRow{"app/x.jar", ""}, PathRow{"app/Cargo.lock", ""},
                    PathRow{"app/bun.lockb", ""}, PathRow{"ios/Podfile.lock", ""},
                    PathRow{"var/db/pkg/dev-libs/x-1/CONTENTS", ""}, PathRow{"usr/lib/opkg/status", ""},
                    PathRow{"etc/os-release", ""}, PathRow{"", ""}));

}  // namespace
}  // namespace scanner::inventory
