#include "scanner/inventory/language_package.h"

namespace scanner::inventory {

Package language_package(std::string_view name, const PurlParts& purl, const ImageFile& file) {
  return {.type = std::string(purl.type),
          .name = std::string(name),
          .version = std::string(purl.version),
          .source = {},
          .source_version = {},
          .architecture = {},
          .purl = write_purl(purl),
          .layer = std::string(file.layer),
          .path = std::string(file.path)};
}

}  // namespace scanner::inventory
