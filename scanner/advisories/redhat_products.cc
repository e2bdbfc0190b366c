#include "scanner/advisories/redhat_products.h"

#include <array>
#include <optional>

namespace scanner::advisories {

namespace {

constexpr std::string_view kRhel = "rpm:rhel:";
constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kWithMinor = "0123456789.";

constexpr std::string_view kRelease = "enterprise_linux";
constexpr std::string_view kExtendedLife = "rhel_els";
constexpr std::string_view kExtras = "rhel_extras";  // and "rhel_extras_rt", "rhel_extras_other"
constexpr std::string_view kCollections = "rhel_software_collections";

// From release 10 on its own name stands in those of its streams.
constexpr std::array<std::string_view, 7> kStreams = {"rhel_eus",
                                                      "rhel_eus_long_life",
                                                      "rhel_aus",
                                                      "rhel_e4s",
                                                      "rhel_tus",
                                                      "enterprise_linux_eus",
                                                      "enterprise_linux_e4s"};
// Their own version stands where others have the release, which is behind it: "::el7".
constexpr std::array<std::string_view, 4> kAddOns = {kCollections, "rhel_dotnet", "rhel_developer_tools", "devtools"};

// "cpe:/a:redhat:rhel_eus:9.0::appstream": "rhel_eus" and "9.0::appstream".
struct Product {
  std::string_view name;
  std::string_view behind;
};

std::optional<Product> product_of(std::string_view cpe) {
  for (const std::string_view vendor : {"cpe:/a:redhat:", "cpe:/o:redhat:"}) {
    if (!cpe.starts_with(vendor)) continue;
    const std::string_view product = cpe.substr(vendor.size());
    const std::size_t colon = product.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    return Product{.name = product.substr(0, colon), .behind = product.substr(colon + 1)};
  }
  return std::nullopt;
}

template <std::size_t Count>
bool is_one_of(std::string_view name, const std::array<std::string_view, Count>& names) {
  for (const std::string_view one : names) {
    if (name == one) return true;
  }
  return false;
}

std::string key_of(std::string_view number, std::string_view suffix = {}) {
  return number.empty() ? std::string() : std::string(kRhel).append(number).append(suffix);
}

std::string_view major_at(std::string_view text) {
  return text.substr(0, text.find_first_not_of(kDigits));
}

// "9.0::appstream" -> "9.0"; empty for "9::appstream".
std::string_view minor_at(std::string_view text) {
  const std::string_view number = text.substr(0, text.find_first_not_of(kWithMinor));
  const std::size_t dot = number.find('.');
  return dot == std::string_view::npos || dot + 1 == number.size() ? std::string_view{} : number;
}

// "3::el7" -> "7". The third and last of the collections was at its end one of release 7 alone, and is named without a
// release where an issue is not mended.
std::string_view release_of_add_on(const Product& product) {
  constexpr std::string_view kBefore = "::el";
  const std::size_t at = product.behind.find(kBefore);
  if (at != std::string_view::npos) return major_at(product.behind.substr(at + kBefore.size()));
  return product.name == kCollections && product.behind == "3" ? "7" : std::string_view{};
}

}  // namespace

std::string redhat_key(std::string_view cpe) {
  const std::optional<Product> product = product_of(cpe);
  if (!product) return {};
  if (is_one_of(product->name, kStreams)) return key_of(minor_at(product->behind));
  if (product->name == kExtendedLife) return key_of(major_at(product->behind), kExtendedLifeSuffix);
  if (product->name.starts_with(kExtras)) return key_of(major_at(product->behind));
  return is_one_of(product->name, kAddOns) ? key_of(release_of_add_on(*product)) : std::string();
}

std::string redhat_minor_key(std::string_view cpe) {
  const std::optional<Product> product = product_of(cpe);
  if (!product || !(product->name == kRelease || is_one_of(product->name, kStreams))) return {};
  return key_of(minor_at(product->behind));
}

bool is_redhat_stream(std::string_view ecosystem) {
  if (!ecosystem.starts_with(kRhel)) return false;
  const std::string_view release = ecosystem.substr(kRhel.size());
  return release.find('.') != std::string_view::npos || release.find(kExtendedLifeSuffix) != std::string_view::npos;
}

}  // namespace scanner::advisories
