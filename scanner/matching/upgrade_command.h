// How package managers are told to upgrade one package.
#pragma once

#include <string>
#include <string_view>

#include "scanner/matching/matcher.h"
#include "scanner/report.h"

namespace scanner::matching {

// One line for a shell, or for a file that a build reads; of a distribution's package it names the binary ones that are
// in the image. Empty for a type whose manager is not known here. `to` must not be empty.
[[nodiscard]] std::string upgrade_command(const Vulnerability& vulnerability, std::string_view to,
                                          const Distribution& distribution);

// Whether packages of this purl type are a distribution's.
[[nodiscard]] bool is_of_distribution(std::string_view purl_type);

}  // namespace scanner::matching
