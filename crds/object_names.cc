#include "crds/object_names.h"

namespace crds {
namespace {

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// Lower case; every byte that `allowed` refuses becomes '-'.
template <typename Allowed>
std::string replaced(std::string_view text, std::size_t bytes_max, Allowed allowed) {
  std::string out;
  for (const char c : text.substr(0, bytes_max)) out += allowed(to_lower(c)) ? to_lower(c) : '-';
  return out;
}

// A part of a DNS subdomain: dots stay where a letter or digit stands on both sides, the ends are letters or digits.
std::string subdomain_part(std::string_view text) {
  constexpr std::size_t kPartBytesMax = 64;
  std::string part = replaced(text, kPartBytesMax, [](char c) { return is_alphanumeric(c) || c == '.' || c == '-'; });
  for (std::size_t i = 0; i < part.size(); ++i) {
    const bool inner = i > 0 && i + 1 < part.size();
    if (part[i] == '.' && !(inner && is_alphanumeric(part[i - 1]) && is_alphanumeric(part[i + 1]))) part[i] = '-';
  }
  const std::size_t first = part.find_first_not_of('-');
  if (first == std::string::npos) return "x";
  return part.substr(first, part.find_last_not_of('-') - first + 1);
}

}  // namespace

std::string image_scan_name(const base::ImageReference& reference) {
  constexpr std::size_t kDigestDigits = 12;
  constexpr std::size_t kHashDigits = 10;
  const std::string_view repository = reference.repository;
  const std::string_view last_part = repository.substr(repository.rfind('/') + 1);
  const std::string version =
      !reference.tag.empty() || !reference.digest ? reference.tag : reference.digest->hex().substr(0, kDigestDigits);
  return subdomain_part(last_part) + "-" + subdomain_part(version) + "-" +
         base::sha256_hex(reference.text()).substr(0, kHashDigits);
}

std::string image_report_name(const base::Digest& manifest) {
  return "sha256-" + manifest.hex();
}

std::optional<base::Digest> manifest_of_report(std::string_view name) {
  constexpr std::string_view kPrefix = "sha256-";
  if (!name.starts_with(kPrefix)) return std::nullopt;
  return base::Digest::parse("sha256:" + std::string(name.substr(kPrefix.size())));
}

std::string finding_name(const FindingIdentity& identity) {
  constexpr std::size_t kIdBytesMax = 128;
  constexpr std::size_t kHashDigits = 8;
  std::string hashed;
  for (const std::string_view part : {identity.id, identity.package_type, identity.source_package}) {
    hashed.append(part).push_back('\n');
  }
  std::string id = replaced(identity.id, kIdBytesMax, [](char c) { return is_alphanumeric(c) || c == '-'; });
  // A DNS subdomain begins with a letter or digit.
  if (id.empty() || id.front() == '-') id.insert(0, "x");
  return id + "-" + base::sha256_hex(hashed).substr(0, kHashDigits);
}

}  // namespace crds
