#include "scanner/inventory/language_package.h"

namespace scanner::inventory {

Package language_package(std::string_view name, const PurlParts& purl) {
  return {.type = std::string(purl.type),
          .name = std::string(name),
          .version = std::string(purl.version),
          .purl = write_purl(purl)};
}

}  // namespace scanner::inventory
