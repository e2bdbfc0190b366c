#include "scanner/versions/version_order.h"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <string>

namespace scanner::versions {
namespace {

constexpr std::array kTypes = {"deb",   "apk",      "rpm",  "pypi",  "npm", "maven",  "gem",
                               "nuget", "composer", "cran", "conan", "pub", "bitnami"};

TEST(OrderFor, KnowsEachPurlTypesOrder) {
  EXPECT_EQ(order_for("deb"), &debian_order());
  EXPECT_EQ(order_for("apk"), &apk_order());
  EXPECT_EQ(order_for("pypi"), &pep440_order());
  EXPECT_EQ(order_for("npm"), &semver_order());
  EXPECT_EQ(order_for("golang"), &semver_order());
  EXPECT_EQ(order_for("cargo"), &semver_order());
  EXPECT_EQ(order_for("alpm"), &rpm_order());
  EXPECT_EQ(order_for("rpm"), &rpm_order());
  EXPECT_EQ(order_for("maven"), &maven_order());
  EXPECT_EQ(order_for("gem"), &gem_order());
  EXPECT_EQ(order_for("nuget"), &nuget_order());
  EXPECT_EQ(order_for("composer"), &composer_order());
  EXPECT_EQ(order_for("hackage"), &dotted_order());
  EXPECT_EQ(order_for("conan"), &conan_order());
  EXPECT_EQ(order_for("pub"), &pub_order());
  EXPECT_EQ(order_for("julia"), &julia_order());
  EXPECT_EQ(order_for("bitnami"), &bitnami_order());
  EXPECT_EQ(order_for("cocoapods"), &gem_order());
  EXPECT_EQ(order_for("conda"), nullptr) << "no order yet: said, not guessed";
  EXPECT_EQ(order_for(""), nullptr);
}

TEST(Compare, AnswersOnlyForReadableVersions) {
  for (const char* type : kTypes) {
    const VersionOrder* order = order_for(type);
    EXPECT_EQ(order->compare("1.2.3", "1.2.10"), std::strong_ordering::less) << order->name();
    EXPECT_EQ(order->compare("", "1"), std::nullopt) << order->name();
    EXPECT_EQ(order->compare("1", ""), std::nullopt) << order->name();
    EXPECT_EQ(order->compare("1 2", "1"), std::nullopt) << order->name();
    EXPECT_EQ(order->compare(std::string_view("1\0", 2), "1"), std::nullopt) << order->name();
  }
}

TEST(Compare, NumbersMayBeLongerThanAnyInteger) {
  const std::string small(100, '8');
  const std::string large(100, '9');
  for (const char* type : kTypes) {
    const VersionOrder* order = order_for(type);
    EXPECT_EQ(order->compare(small, large), std::strong_ordering::less) << order->name();
    EXPECT_EQ(order->compare("000" + small, small), std::strong_ordering::equal) << order->name();
  }
}

// A version of a megabyte must not take more than linear time.
TEST(Compare, LongVersionsAreQuick) {
  const std::string dots = [] {
    std::string text = "1";
    for (int i = 0; i < 200'000; ++i) text += ".1";
    return text;
  }();
  const auto start = std::chrono::steady_clock::now();
  for (const char* type : kTypes) {
    const VersionOrder* order = order_for(type);
    EXPECT_EQ(order->order(dots, dots), std::strong_ordering::equal) << order->name();
  }
  EXPECT_EQ(pep440_order().order(dots + "-x", dots + "-x"), std::strong_ordering::equal) << "legacy";
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
}

}  // namespace
}  // namespace scanner::versions
