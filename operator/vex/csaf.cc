#include <map>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "net/json.h"
#include "operator/vex/document_readers.h"

namespace pratique_operator::vex {
namespace {

using nlohmann::json;

// By the product ids that the document made up.
using Products = std::map<std::string, Product>;

void read_name(const json& name, Products& products) {
  const json& helper = net::object_at(name, "product_identification_helper");
  if (!helper.is_object()) return;
  const std::string id = net::text_at(name, "product_id");
  const std::optional<Product> product = product_of(net::text_at(helper, "purl"));
  if (product && !id.empty()) products.emplace(id, *product);
}

// As deep as the JSON may be.
void read_branches(const json& holder, Products& products) {
  for (const json& branch : net::list_at(holder, "branches")) {
    const json& product = net::object_at(branch, "product");
    if (product.is_object()) read_name(product, products);
    read_branches(branch, products);
  }
}

// "openssl as a component of the image": section 3.2.2.4.
void read_relationships(const json& tree, Products& products) {
  for (const json& relation : net::list_at(tree, "relationships")) {
    const auto part = products.find(net::text_at(relation, "product_reference"));
    const auto whole = products.find(net::text_at(relation, "relates_to_product_reference"));
    const json& name = net::object_at(relation, "full_product_name");
    if (part == products.end() || whole == products.end() || !name.is_object()) continue;
    if (const auto both = part_of(whole->second, part->second)) {
      products.emplace(net::text_at(name, "product_id"), *both);
    }
  }
}

Products read_products(const json& root) {
  Products products;
  const json& tree = net::object_at(root, "product_tree");
  if (!tree.is_object()) return products;
  for (const json& name : net::list_at(tree, "full_product_names")) read_name(name, products);
  read_branches(tree, products);
  read_relationships(tree, products);
  return products;
}

// What a list of the vulnerability says of each product: reasons ("flags") and words ("threats").
std::map<std::string, std::string> texts_by_product(const json& vulnerability, const char* list, const char* text,
                                                    std::string_view category) {
  std::map<std::string, std::string> texts;
  for (const json& entry : net::list_at(vulnerability, list)) {
    if (!category.empty() && net::text_at(entry, "category") != category) continue;
    for (const std::string& id : texts_of(entry, "product_ids")) texts.emplace(id, net::text_at(entry, text));
  }
  return texts;
}

std::vector<std::string> names_of(const json& vulnerability) {
  std::vector<std::string> names;
  if (const std::string cve = net::text_at(vulnerability, "cve"); !cve.empty()) names.push_back(cve);
  for (const json& id : net::list_at(vulnerability, "ids")) names.push_back(net::text_at(id, "text"));
  return names;
}

// What makes least of it first: where a product is in several lists, the last counts.
constexpr std::pair<const char*, Status> kLists[] = {{"known_not_affected", Status::kNotAffected},
                                                     {"first_fixed", Status::kFixed},
                                                     {"fixed", Status::kFixed},
                                                     {"under_investigation", Status::kUnderInvestigation},
                                                     {"first_affected", Status::kAffected},
                                                     {"last_affected", Status::kAffected},
                                                     {"known_affected", Status::kAffected}};

void read_vulnerability(const json& vulnerability, const Products& products, Document& document) {
  const json& statuses = net::object_at(vulnerability, "product_status");
  if (!statuses.is_object()) return;
  const auto reasons = texts_by_product(vulnerability, "flags", "label", "");
  const auto impacts = texts_by_product(vulnerability, "threats", "details", "impact");
  const auto told = [](const std::map<std::string, std::string>& texts, const std::string& id) {
    const auto found = texts.find(id);
    return found == texts.end() ? std::string() : found->second;
  };
  for (const auto& [list, status] : kLists) {
    for (const std::string& id : texts_of(statuses, list)) {
      const auto product = products.find(id);
      if (product == products.end()) {
        ++document.not_understood;
        continue;
      }
      add_statement(document, {.names = names_of(vulnerability),
                               .product = product->second,
                               .status = status,
                               .justification = told(reasons, id),
                               .impact = told(impacts, id)});
    }
  }
}

}  // namespace

Document read_csaf(const json& root) {
  const json& head = net::object_at(root, "document");
  if (!head.is_object() || !net::object_at(head, "tracking").is_object()) {
    throw base::ParseError("not a CSAF document: no document.tracking in it");
  }
  Document document;
  const json& publisher = net::object_at(head, "publisher");
  if (publisher.is_object()) document.author = net::text_at(publisher, "name");
  document.updated = net::text_at(net::object_at(head, "tracking"), "current_release_date");
  const Products products = read_products(root);
  for (const json& vulnerability : net::list_at(root, "vulnerabilities")) {
    read_vulnerability(vulnerability, products, document);
  }
  return document;
}

}  // namespace pratique_operator::vex
