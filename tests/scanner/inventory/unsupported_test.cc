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
    testing::Values(PathRow{"var/lib/rpm/Packages", ""}, PathRow{"srv/var/lib/rpm/Packages", ""},
                    PathRow{"app/x.jar", ""}, PathRow{"app/x.jar.asc", ""}, PathRow{"app/Cargo.lock", "Rust lock file"},
                    PathRow{"Gemfile.lock", "Ruby lock file"}, PathRow{"app/package-lock.json", "npm lock file"},
                    PathRow{"app/MyGemfile.lock", ""}, PathRow{"app/node_modules/a/yarn.lock", ""},
                    PathRow{"app/node_modules/.package-lock.json", ""},
                    PathRow{"usr/lib/python3/dist-packages/x/poetry.lock", ""},
                    PathRow{"var/lib/gems/3.1.0/specifications/rack-2.2.4.gemspec", "Ruby gem"},
                    PathRow{"app/rack.gemspec", ""},
                    PathRow{"srv/vendor/composer/installed.json", "installed PHP packages"},
                    PathRow{"app/App.deps.json", ".NET dependencies"},
                    PathRow{"opt/conda/conda-meta/openssl-3.0.json", "conda package"},
                    PathRow{"var/lib/pacman/local/zlib-1.3-1/desc", "pacman database"},
                    PathRow{"var/db/pkg/dev-libs/x-1/CONTENTS", "portage database"},
                    PathRow{"usr/lib/opkg/status", "opkg database"}, PathRow{"a/x.egg", "zipped Python egg"},
                    PathRow{"usr/share/python-wheels/pip-23.0.1-py3-none-any.whl", ""}, PathRow{"go/src/go.mod", ""},
                    PathRow{"var/lib/dpkg/status", ""}, PathRow{"etc/os-release", ""}, PathRow{"", ""}));

}  // namespace
}  // namespace scanner::inventory
