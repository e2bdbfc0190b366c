#include "scanner/advisories/rpm_purl.h"

#include <algorithm>

#include "base/purl.h"

namespace scanner::advisories {

namespace {

// "nodejs:18:9010020221009220316:rhel9" -> "nodejs:18".
std::string stream_of(std::string_view module) {
  const std::size_t stream = module.find(':');
  if (stream == std::string_view::npos) return {};
  return std::string(module.substr(0, module.find(':', stream + 1)));
}

bool is_of_rpm_name(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9') ||
         std::string_view("+-._").find(letter) != std::string_view::npos;
}

}  // namespace

std::optional<RpmPurl> parse_rpm_purl(std::string_view text) {
  const std::optional<base::Purl> purl = base::parse_purl(text);
  if (!purl || purl->type != "rpm") return std::nullopt;
  // What is not mended yet is a source without a version, or with its module's stream in the version's place ("rhel8").
  const bool is_source = purl->qualifier("arch") == "src";
  if (is_source && purl->version.find('-') != std::string::npos) return std::nullopt;
  RpmPurl result{.name = purl->name,
                 .version = is_source ? std::string() : purl->version,
                 .module = stream_of(purl->qualifier("rpmmod")),
                 .is_source = is_source};
  const std::string_view epoch = purl->qualifier("epoch");
  if (!epoch.empty() && epoch != "0" && !result.version.empty()) result.version.insert(0, std::string(epoch) + ":");
  return result;
}

std::optional<RpmPurl> parse_component(std::string_view product_id) {
  const std::size_t slash = product_id.rfind('/');
  const std::string_view module = slash == std::string_view::npos ? std::string_view{} : product_id.substr(0, slash);
  const std::string_view name = slash == std::string_view::npos ? product_id : product_id.substr(slash + 1);
  const bool is_in_image = slash != std::string_view::npos && stream_of(module).empty();
  if (is_in_image || name.empty() || !std::ranges::all_of(name, is_of_rpm_name)) return std::nullopt;
  return RpmPurl{.name = std::string(name), .version = {}, .module = stream_of(module), .is_source = true};
}

}  // namespace scanner::advisories
