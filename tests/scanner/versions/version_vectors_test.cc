// Every line of the version vectors that osv-scalibr publishes, for the ecosystems that we order. Packagist's are
// those of PHP, whose answers Composer changes: version_rules_test.cc has the lines.
#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <vector>

#include "scanner/versions/version_order.h"
#include "tests/scanner/versions/comparisons.h"
#include "tests/support/shared_data.h"

namespace scanner::versions {
namespace {

struct VectorFile {
  std::string name;
  const VersionOrder& order;
  std::size_t lines_min;  // so that an emptied file does not pass
};

class ScalibrVectors : public testing::TestWithParam<VectorFile> {};

TEST_P(ScalibrVectors, EveryLineHolds) {
  REQUIRE_SHARED_DATA(folder, "data/corpora/version-vectors/osv-scalibr");
  const std::vector<tests::Comparison> comparisons = tests::comparisons_in(folder / GetParam().name);
  for (const auto& [left, sign, right] : comparisons) {
    EXPECT_EQ(tests::sign_of(GetParam().order.order(left, right)), sign) << left << " and " << right;
  }
  EXPECT_GE(comparisons.size(), GetParam().lines_min);
}

INSTANTIATE_TEST_SUITE_P(Files, ScalibrVectors,
                         testing::Values(VectorFile{"debian-versions.txt", debian_order(), 25},
                                         VectorFile{"debian-versions-generated.txt", debian_order(), 7000},
                                         VectorFile{"alpine-versions.txt", apk_order(), 700},
                                         VectorFile{"alpine-versions-generated.txt", apk_order(), 6900},
                                         VectorFile{"pypi-versions.txt", pep440_order(), 30},
                                         VectorFile{"pypi-versions-generated.txt", pep440_order(), 6000},
                                         VectorFile{"semver-versions.txt", semver_order(), 80},
                                         VectorFile{"pub-versions.txt", pub_order(), 90},
                                         VectorFile{"redhat-versions.txt", rpm_order(), 150},
                                         VectorFile{"maven-versions.txt", maven_order(), 100},
                                         VectorFile{"maven-versions-generated.txt", maven_order(), 7000},
                                         VectorFile{"rubygems-versions.txt", gem_order(), 25},
                                         VectorFile{"rubygems-versions-generated.txt", gem_order(), 2000},
                                         VectorFile{"nuget-versions.txt", nuget_order(), 35},
                                         VectorFile{"packagist-versions.txt", php_order(), 85},
                                         VectorFile{"packagist-versions-generated.txt", php_order(), 5000},
                                         VectorFile{"cran-versions.txt", dotted_order(), 20},
                                         VectorFile{"cran-versions-generated.txt", dotted_order(), 20},
                                         VectorFile{"hackage-versions.txt", dotted_order(), 9}));

}  // namespace
}  // namespace scanner::versions
