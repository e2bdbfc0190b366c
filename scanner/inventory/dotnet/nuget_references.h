// What a .NET project refers to, in XML.
#pragma once

#include "scanner/inventory/language_package.h"

namespace scanner::inventory {

// packages.config: https://learn.microsoft.com/en-us/nuget/reference/packages-config. Throws base::ParseError for what
// is no XML; a file of this name with another content has no packages.
void read_packages_config(const ImageFile& file, LanguagePackages& packages);

// Directory.Packages.props and its like:
// https://learn.microsoft.com/en-us/nuget/consume-packages/central-package-management. A version that is still to be
// filled in, or a range of them, names no package. Throws base::ParseError for what is no XML.
void read_packages_props(const ImageFile& file, LanguagePackages& packages);

}  // namespace scanner::inventory
