// The laws of a total order, on random triples of each ecosystem's versions, readable or not.
#include <gtest/gtest.h>

#include <array>
#include <random>
#include <string>
#include <string_view>

#include "scanner/versions/version_order.h"
#include "tests/scanner/versions/version_pairs.h"

namespace scanner::versions {
namespace {

struct Ecosystem {
  const VersionOrder& order;
  std::string_view alphabet;
  std::array<std::string_view, 6> words;
};

void PrintTo(const Ecosystem& ecosystem, std::ostream* out) {
  *out << ecosystem.order.name();
}

class OrderLaws : public testing::TestWithParam<Ecosystem> {
 protected:
  std::string random_version() {
    std::string version = std::to_string(random_() % 3);
    for (std::size_t i = random_() % 6; i > 0; --i) {
      const auto& ecosystem = GetParam();
      if (random_() % 3 == 0) {
        version += ecosystem.words[random_() % ecosystem.words.size()];
      } else {
        version += ecosystem.alphabet[random_() % ecosystem.alphabet.size()];
      }
    }
    return version;
  }

  std::mt19937 random_{7};
};

TEST_P(OrderLaws, OrderIsTotal) {
  for (int i = 0; i < 40'000; ++i) {
    const std::array<std::string, 3> versions = {random_version(), random_version(), random_version()};
    ASSERT_TRUE(tests::laws_hold(GetParam().order, versions))
        << versions[0] << ", " << versions[1] << ", " << versions[2];
  }
}

TEST_P(OrderLaws, EqualVersionsCompareAlikeWithOthers) {
  const VersionOrder& order = GetParam().order;
  for (int i = 0; i < 30'000; ++i) {
    const std::string a = random_version();
    const std::string b = random_version();
    const std::string c = random_version();
    if (order.order(a, b) != 0) continue;
    ASSERT_EQ(order.order(a, c), order.order(b, c)) << a << ", " << b << ", " << c;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Ecosystems, OrderLaws,
    testing::Values(Ecosystem{debian_order(), "01.~-+aZ:", {"+b1", "~rc1", "-1", "1:", "00", "deb12"}},
                    Ecosystem{apk_order(), "01.ab-_~", {"_rc1", "_p1", "-r1", "~ab", ".0", "_git"}},
                    Ecosystem{pep440_order(), "01.-!+_", {"rc1", ".post1", ".dev0", "a1", "+local", "legacy"}},
                    Ecosystem{semver_order(), "01.-+av", {"-rc.1", ".alpha", "-a.b", ".0.0", "+build", ".beta"}},
                    Ecosystem{pub_order(), "01.-+av", {"-rc.1", "+1", "-a.b", ".0.0", "+build", "+a.1"}},
                    Ecosystem{julia_order(), "01.-+av", {"-rc.1", "+1", "-a.b", ".0.0", "+build", "+0"}},
                    Ecosystem{bitnami_order(), "01.-+av", {"-rc.1", "-1", ".0", "-10", "+build", "beta"}},
                    Ecosystem{rpm_order(), "01.~^-aZ:", {"-1", "~rc1", "^git", "1:", "00", ".el9"}},
                    // Without zeros, before which Maven's own order breaks these laws.
                    Ecosystem{maven_order(), "12-abx", {"-alpha", ".1", "-1", "rc1", ".2", "-sp"}},
                    Ecosystem{gem_order(), "01.-abZ", {".rc1", "-1", ".0", "a0", ".pre", "00"}},
                    Ecosystem{nuget_order(), "01.-aB+", {"-rc.1", ".0", "-A.b", ".0.0", "+b", "-1"}},
                    Ecosystem{php_order(), "01.-av_", {"-dev", "rc1", "RC", "pl1", ".0", "beta"}},
                    Ecosystem{composer_order(), "01.-avx", {"-dev", "rc1", "RC", ".x-dev", ".0", "beta"}},
                    Ecosystem{dotted_order(), "01.-", {".0", "-1", "00", ".10", ".", "1"}},
                    Ecosystem{conan_order(), "01.-+a_", {".0", "-1", "+1", "a", ".10", "1"}}),
    [](const auto& ecosystem) { return std::string(ecosystem.param.order.name()); });

}  // namespace
}  // namespace scanner::versions
