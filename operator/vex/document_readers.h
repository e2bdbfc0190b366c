// The readers of the formats, and what they share. Private to operator/vex.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "operator/vex/vex_document.h"

namespace pratique_operator::vex {

// All in the order in which they count: of two about the same the later.
[[nodiscard]] Document read_open_vex(const nlohmann::json& root);
[[nodiscard]] Document read_csaf(const nlohmann::json& root);
[[nodiscard]] Document read_cyclonedx(const nlohmann::json& root);

// "pkg:oci/web@sha256:...?repository_url=registry:5000%2Fshop" or a package's purl; nullopt for anything else.
[[nodiscard]] std::optional<Product> product_of(std::string_view purl);

// The package in the image; nullopt where the one is no image, or the other no package.
[[nodiscard]] std::optional<Product> part_of(const Product& image, const Product& package);

// Adds one, within the bound. Throws base::LimitExceeded.
void add_statement(Document& document, Statement statement);

// Texts of a list's items that are texts.
[[nodiscard]] std::vector<std::string> texts_of(const nlohmann::json& object, const char* name);

}  // namespace pratique_operator::vex
