#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "base/error.h"
#include "net/json.h"
#include "operator/vex/document_readers.h"

namespace pratique_operator::vex {
namespace {

using nlohmann::json;

std::optional<Status> status_of(const std::string& word) {
  if (word == "not_affected") return Status::kNotAffected;
  if (word == "fixed") return Status::kFixed;
  if (word == "affected") return Status::kAffected;
  if (word == "under_investigation") return Status::kUnderInvestigation;
  return std::nullopt;
}

// Version 0.2.0 has objects with names and aliases where 0.0.x has texts.
std::vector<std::string> names_of(const json& statement) {
  const json& vulnerability = net::object_at(statement, "vulnerability");
  if (!vulnerability.is_object()) return {net::text_at(statement, "vulnerability")};
  std::vector<std::string> names = {net::text_at(vulnerability, "name")};
  for (std::string& alias : texts_of(vulnerability, "aliases")) names.push_back(std::move(alias));
  return names;
}

std::optional<Product> read_component(const json& component) {
  if (component.is_string()) return product_of(component.get<std::string>());
  const json& identifiers = net::object_at(component, "identifiers");
  const std::string purl = identifiers.is_object() ? net::text_at(identifiers, "purl") : std::string();
  return product_of(purl.empty() ? net::text_at(component, "@id") : purl);
}

// The product, or each of its parts that the statement is about.
void read_product(const json& written, const json& statement_parts, Document& document,
                  std::vector<Product>& products) {
  const std::optional<Product> whole = read_component(written);
  if (!whole) {
    ++document.not_understood;
    return;
  }
  const json& own_parts = net::list_at(written, "subcomponents");
  const json& parts = own_parts.empty() ? statement_parts : own_parts;
  if (parts.empty()) products.push_back(*whole);
  for (const json& part : parts) {
    const std::optional<Product> package = read_component(part);
    const std::optional<Product> both = package ? part_of(*whole, *package) : std::nullopt;
    if (both) {
      products.push_back(*both);
    } else {
      ++document.not_understood;
    }
  }
}

// A statement and the moment from which it holds; those without one hold since the document's.
struct Dated {
  std::string time;
  const json* statement;
};

std::vector<Dated> in_order(const json& root) {
  const std::string own = net::text_at(root, "timestamp");
  std::vector<Dated> dated;
  for (const json& statement : net::list_at(root, "statements")) {
    const std::string time = net::text_at(statement, "timestamp");
    dated.push_back({.time = time.empty() ? own : time, .statement = &statement});
  }
  std::ranges::stable_sort(
      dated, {}, [](const Dated& one) { return base::parse_rfc3339(one.time).value_or(base::SystemTime::min()); });
  return dated;
}

}  // namespace

Document read_open_vex(const json& root) {
  if (!net::text_at(root, "@context").starts_with("https://openvex.dev/ns")) {
    throw base::ParseError("not an OpenVEX document: \"@context\" is not https://openvex.dev/ns...");
  }
  Document document;
  document.author = net::text_at(root, "author");
  const std::string updated = net::text_at(root, "last_updated");
  document.updated = updated.empty() ? net::text_at(root, "timestamp") : updated;
  for (const Dated& one : in_order(root)) {
    const json& statement = *one.statement;
    const std::optional<Status> status = status_of(net::text_at(statement, "status"));
    if (!status) {
      ++document.not_understood;
      continue;
    }
    std::vector<Product> products;
    for (const json& product : net::list_at(statement, "products")) {
      read_product(product, net::list_at(statement, "subcomponents"), document, products);
    }
    for (Product& product : products) {
      add_statement(document, {.names = names_of(statement),
                               .product = std::move(product),
                               .status = *status,
                               .justification = net::text_at(statement, "justification"),
                               .impact = net::text_at(statement, "impact_statement")});
    }
  }
  return document;
}

}  // namespace pratique_operator::vex
