#include "scanner/inventory/unsupported.h"

#include <utility>

namespace scanner::inventory {
namespace {

using Rule = std::pair<std::string_view, std::string_view>;

constexpr Rule kPaths[] = {{"nix/var/nix/db/db.sqlite", "Nix database"}};

}  // namespace

std::string_view recognise_unsupported(std::string_view path) {
  for (const auto& [database, kind] : kPaths) {
    if (path == database) return kind;
  }
  return {};
}

}  // namespace scanner::inventory
