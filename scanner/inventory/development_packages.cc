#include "scanner/inventory/development_packages.h"

#include <algorithm>
#include <array>
#include <functional>
#include <iterator>

namespace scanner::inventory {
namespace {

constexpr std::array<std::string_view, 8> kDevelopmentGroups = {"dev",  "develop", "development", "dev-dependencies",
                                                                "test", "tests",   "testing",     "lint"};

}  // namespace

bool is_development_group(std::string_view name) {
  return std::ranges::find(kDevelopmentGroups, name) != kDevelopmentGroups.end();
}

void DevelopmentPackages::add_root(std::string_view package, Use use) {
  (use == Use::kProgram ? roots_ : development_roots_).emplace_back(package);
}

void DevelopmentPackages::add_need(std::string_view package, std::string_view needed) {
  needs_[std::string(package)].emplace_back(needed);
}

void DevelopmentPackages::resolve() {
  const Names of_program = reached_from(roots_);
  const bool all_known = std::ranges::all_of(of_program, [this](const auto& name) { return needs_.contains(name); });
  if (!all_known) return;
  const Names of_development = reached_from(development_roots_);
  std::ranges::set_difference(of_development, of_program, std::inserter(for_development_, for_development_.end()));
}

bool DevelopmentPackages::contains(std::string_view package) const {
  return for_development_.contains(package);
}

DevelopmentPackages::Names DevelopmentPackages::reached_from(const std::vector<std::string>& roots) const {
  Names reached(roots.begin(), roots.end());
  std::vector<std::string> waiting(reached.begin(), reached.end());
  while (!waiting.empty()) {
    const auto needs = needs_.find(waiting.back());
    waiting.pop_back();
    if (needs == needs_.end()) continue;
    for (const std::string& needed : needs->second) {
      if (reached.insert(needed).second) waiting.push_back(needed);
    }
  }
  return reached;
}

}  // namespace scanner::inventory
