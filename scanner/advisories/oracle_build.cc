#include "scanner/advisories/oracle_build.h"

namespace scanner::advisories {

OracleBuild oracle_build_of(std::string_view version) {
  if (version.find(".ksplice") != std::string_view::npos) return OracleBuild::kKsplice;
  return version.find("_fips") == std::string_view::npos ? OracleBuild::kPlain : OracleBuild::kFips;
}

}  // namespace scanner::advisories
