#include "scanner/advisories/rpm_purl.h"

#include "base/purl.h"

namespace scanner::advisories {

namespace {

// "nodejs:18:9010020221009220316:rhel9" -> "nodejs:18".
std::string stream_of(std::string_view module) {
  const std::size_t stream = module.find(':');
  if (stream == std::string_view::npos) return {};
  return std::string(module.substr(0, module.find(':', stream + 1)));
}

}  // namespace

std::optional<RpmPurl> parse_rpm_purl(std::string_view text) {
  const std::optional<base::Purl> purl = base::parse_purl(text);
  if (!purl || purl->type != "rpm") return std::nullopt;
  if (purl->qualifier("arch") == "src" && !purl->version.empty()) return std::nullopt;
  RpmPurl result{.name = purl->name, .version = purl->version, .module = stream_of(purl->qualifier("rpmmod"))};
  const std::string_view epoch = purl->qualifier("epoch");
  if (!epoch.empty() && epoch != "0" && !result.version.empty()) result.version.insert(0, std::string(epoch) + ":");
  return result;
}

}  // namespace scanner::advisories
