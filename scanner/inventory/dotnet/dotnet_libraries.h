// The list of an application's libraries, NAME.deps.json.
// https://github.com/dotnet/sdk/blob/main/documentation/specs/runtime-configuration-file.md
#pragma once

#include <string_view>

#include "scanner/inventory/language_package.h"

namespace scanner::inventory {

// Adds the packages, that of a runtime which the application brings along among them. Throws base::ParseError for what
// is no such list.
void add_dotnet_libraries(std::string_view content, LanguagePackages& packages);

}  // namespace scanner::inventory
