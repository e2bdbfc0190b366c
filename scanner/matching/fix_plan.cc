#include "scanner/matching/fix_plan.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <tuple>

#include "scanner/matching/upgrade_command.h"
#include "scanner/versions/version_order.h"

namespace scanner::matching {

namespace {

// Whether `version` is above `other`; by text where there is no order.
bool is_above(std::string_view type, std::string_view version, std::string_view other) {
  const versions::VersionOrder* const order = versions::order_for(type);
  return order != nullptr ? order->compare(version, other) == std::strong_ordering::greater : version > other;
}

// The worst severity first, then the number of issues.
bool clears_more(const Upgrade& left, const Upgrade& right) {
  const auto worst_first = [](const Upgrade& upgrade) {
    std::array<std::size_t, 5> counts = upgrade.clears;
    std::ranges::reverse(counts);
    return counts;
  };
  return std::tuple(worst_first(right), left.package_type, left.package, left.installed) <
         std::tuple(worst_first(left), right.package_type, right.package, right.installed);
}

void add_issue(Upgrade& upgrade, const Vulnerability& vulnerability) {
  if (upgrade.to.empty() || is_above(vulnerability.package_type, vulnerability.fixed, upgrade.to))
    upgrade.to = vulnerability.fixed;
  ++upgrade.clears.at(static_cast<std::size_t>(vulnerability.severity));
}

}  // namespace

std::size_t Upgrade::cleared() const {
  return std::accumulate(clears.begin(), clears.end(), std::size_t{0});
}

FixPlan fix_plan(const std::vector<Vulnerability>& vulnerabilities, const Distribution& distribution) {
  FixPlan plan;
  struct Planned {
    Upgrade upgrade;
    const Vulnerability* first = nullptr;
  };
  std::map<std::tuple<std::string, std::string, std::string>, Planned> by_package;
  for (const Vulnerability& found : vulnerabilities) {
    if (found.fixed.empty()) {
      ++plan.without_fix;
      continue;
    }
    Planned& planned = by_package[{found.package_type, found.package, found.installed}];
    if (planned.first == nullptr) {
      planned.first = &found;
      planned.upgrade = {.package_type = found.package_type,
                         .package = found.package,
                         .installed = found.installed,
                         .to = {},
                         .clears = {},
                         .command = {}};
    }
    add_issue(planned.upgrade, found);
  }
  for (auto& [key, planned] : by_package) {
    planned.upgrade.command = upgrade_command(*planned.first, planned.upgrade.to, distribution);
    plan.upgrades.push_back(std::move(planned.upgrade));
  }
  std::ranges::sort(plan.upgrades, clears_more);
  return plan;
}

std::string remediation(const Vulnerability& vulnerability, const Distribution& distribution) {
  if (vulnerability.fixed.empty()) {
    const std::string& reason = vulnerability.without_fix;
    return fmt::format("No version of {} that mends it is known{}; {}.", vulnerability.package,
                       reason.empty() ? "" : fmt::format(" (the vendor: {})", reason),
                       is_of_distribution(vulnerability.package_type)
                           ? "a newer base image may, or one without the package"
                           : "another package may do the same work");
  }
  const std::string command = upgrade_command(vulnerability, vulnerability.fixed, distribution);
  return fmt::format("Upgrade {} to {}{}{}", vulnerability.package, vulnerability.fixed, command.empty() ? "." : ": ",
                     command);
}

}  // namespace scanner::matching
