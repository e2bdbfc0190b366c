#include "scanner/versions/version_order.h"

#include <array>

namespace scanner::versions {
namespace {

struct OrderOfType {
  std::string_view purl_type;
  const VersionOrder& (*order)();
};

constexpr std::array kOrders{
    OrderOfType{"deb", debian_order}, OrderOfType{"apk", apk_order}, OrderOfType{"rpm", rpm_order},
    // pacman compares as rpm does.
    OrderOfType{"alpm", rpm_order}, OrderOfType{"pypi", pep440_order}, OrderOfType{"npm", semver_order},
    OrderOfType{"golang", semver_order}, OrderOfType{"cargo", semver_order}, OrderOfType{"hex", semver_order},
    OrderOfType{"pub", pub_order}, OrderOfType{"swift", semver_order}, OrderOfType{"julia", julia_order},
    OrderOfType{"maven", maven_order}, OrderOfType{"gem", gem_order},
    // CocoaPods is made with RubyGems' versions.
    OrderOfType{"cocoapods", gem_order}, OrderOfType{"nuget", nuget_order}, OrderOfType{"composer", composer_order},
    OrderOfType{"hackage", dotted_order}, OrderOfType{"cran", dotted_order}, OrderOfType{"conan", conan_order},
    OrderOfType{"bitnami", bitnami_order}};

}  // namespace

const VersionOrder* order_for(std::string_view purl_type) {
  for (const OrderOfType& one : kOrders) {
    if (one.purl_type == purl_type) return &one.order();
  }
  return nullptr;
}

}  // namespace scanner::versions
