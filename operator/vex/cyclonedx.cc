#include <map>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "net/json.h"
#include "operator/vex/document_readers.h"

namespace pratique_operator::vex {
namespace {

using nlohmann::json;

struct Word {
  const char* theirs;
  Status status;
  const char* justification;  // where the state says it all
};
constexpr Word kStates[] = {
    {"not_affected", Status::kNotAffected, ""}, {"false_positive", Status::kNotAffected, "component_not_present"},
    {"resolved", Status::kFixed, ""},           {"resolved_with_pedigree", Status::kFixed, ""},
    {"exploitable", Status::kAffected, ""},     {"in_triage", Status::kUnderInvestigation, ""}};

// https://cyclonedx.org/docs/1.6/json/#vulnerabilities_items_analysis_justification in OpenVEX' words.
constexpr std::pair<const char*, const char*> kJustifications[] = {
    {"code_not_present", "vulnerable_code_not_present"},
    {"code_not_reachable", "vulnerable_code_not_in_execute_path"},
    {"requires_configuration", "vulnerable_code_cannot_be_controlled_by_adversary"},
    {"requires_dependency", "vulnerable_code_not_in_execute_path"},
    {"requires_environment", "vulnerable_code_cannot_be_controlled_by_adversary"},
    {"protected_by_compiler", "inline_mitigations_already_exist"},
    {"protected_at_runtime", "inline_mitigations_already_exist"},
    {"protected_at_perimeter", "inline_mitigations_already_exist"},
    {"protected_by_mitigating_control", "inline_mitigations_already_exist"}};

std::string justification_of(const std::string& theirs) {
  for (const auto& [name, ours] : kJustifications) {
    if (theirs == name) return ours;
  }
  return {};
}

// By bom-ref.
using Components = std::map<std::string, Product>;

void read_component(const json& component, Components& components) {
  const std::optional<Product> product = product_of(net::text_at(component, "purl"));
  const std::string reference = net::text_at(component, "bom-ref");
  if (product && !reference.empty()) components.emplace(reference, *product);
  for (const json& part : net::list_at(component, "components")) read_component(part, components);
}

Components read_components(const json& root) {
  Components components;
  const json& metadata = net::object_at(root, "metadata");
  if (metadata.is_object() && net::object_at(metadata, "component").is_object()) {
    read_component(net::object_at(metadata, "component"), components);
  }
  for (const json& component : net::list_at(root, "components")) read_component(component, components);
  return components;
}

// A component of this document, a purl, or a component of another one (BOM-Link) that is called by its purl.
std::optional<Product> find_product(const std::string& reference, const Components& components) {
  const auto known = components.find(reference);
  if (known != components.end()) return known->second;
  const bool is_link = reference.starts_with("urn:cdx:");
  return product_of(is_link ? reference.substr(std::min(reference.find('#'), reference.size() - 1) + 1) : reference);
}

std::string author_of(const json& root) {
  const json& metadata = net::object_at(root, "metadata");
  if (!metadata.is_object()) return {};
  for (const char* who : {"supplier", "manufacturer", "manufacture"}) {
    const json& organisation = net::object_at(metadata, who);
    if (organisation.is_object() && !net::text_at(organisation, "name").empty()) {
      return net::text_at(organisation, "name");
    }
  }
  for (const json& author : net::list_at(metadata, "authors")) {
    if (!net::text_at(author, "name").empty()) return net::text_at(author, "name");
  }
  return {};
}

void read_vulnerability(const json& vulnerability, const Components& components, Document& document) {
  const json& analysis = net::object_at(vulnerability, "analysis");
  const std::string state = analysis.is_object() ? net::text_at(analysis, "state") : std::string();
  const auto* word =
      std::find_if(std::begin(kStates), std::end(kStates), [&](const Word& w) { return state == w.theirs; });
  if (word == std::end(kStates)) {
    ++document.not_understood;
    return;
  }
  std::vector<std::string> names = {net::text_at(vulnerability, "id")};
  for (const json& reference : net::list_at(vulnerability, "references"))
    names.push_back(net::text_at(reference, "id"));
  const std::string justification = justification_of(net::text_at(analysis, "justification"));
  for (const json& affected : net::list_at(vulnerability, "affects")) {
    std::optional<Product> product = find_product(net::text_at(affected, "ref"), components);
    // Which versions of it is told in a language of its own (vers), which is not read.
    const bool some_versions = !net::list_at(affected, "versions").empty();
    if (!product || (some_versions && product->package.find('@') == std::string::npos)) {
      ++document.not_understood;
      continue;
    }
    add_statement(document, {.names = names,
                             .product = *std::move(product),
                             .status = word->status,
                             .justification = justification.empty() ? word->justification : justification,
                             .impact = net::text_at(analysis, "detail")});
  }
}

}  // namespace

Document read_cyclonedx(const json& root) {
  if (net::text_at(root, "bomFormat") != "CycloneDX") {
    throw base::ParseError("not a CycloneDX document: \"bomFormat\" is not CycloneDX");
  }
  Document document;
  document.author = author_of(root);
  const json& metadata = net::object_at(root, "metadata");
  if (metadata.is_object()) document.updated = net::text_at(metadata, "timestamp");
  const Components components = read_components(root);
  for (const json& vulnerability : net::list_at(root, "vulnerabilities")) {
    read_vulnerability(vulnerability, components, document);
  }
  return document;
}

}  // namespace pratique_operator::vex
