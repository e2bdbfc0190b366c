#include "scanner/inventory/dotnet/dotnet_program_extractor.h"

#include "scanner/inventory/dotnet/dotnet_libraries.h"

namespace scanner::inventory {

Extraction DotnetProgramExtractor::extract(const ImageFile& file) const {
  LanguagePackages packages("nuget");
  add_dotnet_libraries(file.content, packages);
  return packages.take(file.path);
}

}  // namespace scanner::inventory
