#include "operator/vex/vex_document.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/digest.h"
#include "base/error.h"
#include "base/log.h"
#include "base/purl.h"
#include "net/json.h"
#include "operator/vex/document_readers.h"
#include "policy/glob.h"

namespace pratique_operator::vex {
namespace {

using nlohmann::json;

constexpr std::size_t kNameBytesMax = 128;  // of a vulnerability
constexpr std::size_t kNamesMax = 32;
constexpr std::size_t kTextBytesMax = 1024;

std::string lower_case(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c; });
  return text;
}

// Whether what is said of `wide` is said of `narrow` too.
bool covers(const Product& wide, const Product& narrow) {
  const bool digest = wide.digest.empty() || wide.digest == narrow.digest;
  const bool repository = wide.repository.empty() || policy::glob_matches(wide.repository, narrow.repository);
  const bool package =
      wide.package.empty() || wide.package == narrow.package || narrow.package.starts_with(wide.package + "@");
  return digest && repository && package;
}

// A later word on a vulnerability and product takes the place of an earlier one, whichever of the names they use. One
// that clears nothing also takes that of an earlier one which would clear more than its product: an exception knows no
// exceptions.
void keep_last_words(Document& document) {
  std::map<Product, std::set<std::string>> said;
  std::map<std::string, std::vector<Product>> doubted;  // by name
  std::vector<Statement> kept;
  for (auto statement = document.statements.rbegin(); statement != document.statements.rend(); ++statement) {
    std::vector<std::string> names;
    std::ranges::transform(statement->names, std::back_inserter(names), lower_case);
    const bool clears = statement->status == Status::kNotAffected || statement->status == Status::kFixed;
    const bool is_said =
        std::ranges::any_of(names, [&](const std::string& name) { return said[statement->product].contains(name); });
    const bool is_doubted = clears && std::ranges::any_of(names, [&](const std::string& name) {
                              return std::ranges::any_of(
                                  doubted[name], [&](const Product& one) { return covers(statement->product, one); });
                            });
    said[statement->product].insert(names.begin(), names.end());
    if (!clears) {
      for (const std::string& name : names) doubted[name].push_back(statement->product);
    }
    if (is_said) continue;
    if (is_doubted) {
      ++document.not_understood;
    } else {
      kept.push_back(std::move(*statement));
    }
  }
  std::ranges::reverse(kept);
  document.statements = std::move(kept);
}

Document read_any(crds::VexFormat format, const json& root) {
  switch (format) {
    case crds::VexFormat::kOpenVex:
      return read_open_vex(root);
    case crds::VexFormat::kCsaf:
      return read_csaf(root);
    case crds::VexFormat::kCycloneDx:
      return read_cyclonedx(root);
  }
  return {};
}

}  // namespace

std::optional<Product> product_of(std::string_view text) {
  const std::optional<base::Purl> purl = base::parse_purl(text);
  if (!purl) return std::nullopt;
  if (purl->type != "oci" && purl->type != "docker") {
    return Product{.repository = {},
                   .digest = {},
                   .package = base::write_purl({.type = purl->type,
                                                .space = purl->space,
                                                .name = purl->name,
                                                .version = purl->version,
                                                .qualifiers = {}})};
  }
  Product image;
  if (const auto digest = base::Digest::parse(purl->version)) {
    // It says it all, whichever repository it lies in.
    image.digest = digest->text();
    return image;
  }
  std::string repository(purl->qualifier("repository_url"));
  if (repository.empty() && purl->type == "docker") {
    repository = "docker.io/" + (purl->space.empty() ? "library" : purl->space) + "/" + purl->name;
  }
  // By its name alone it could be anybody's.
  if (repository.empty()) return std::nullopt;
  const std::string tag = purl->version.empty() ? std::string(purl->qualifier("tag")) : purl->version;
  image.repository = base::escape_text(repository + (tag.empty() ? ":*" : ":" + tag));
  return image;
}

std::optional<Product> part_of(const Product& image, const Product& package) {
  if (!image.package.empty() || package.package.empty()) return std::nullopt;
  return Product{.repository = image.repository, .digest = image.digest, .package = package.package};
}

std::vector<std::string> texts_of(const json& object, const char* name) {
  std::vector<std::string> texts;
  for (const json& item : net::list_at(object, name)) {
    if (item.is_string()) texts.push_back(item.get<std::string>());
  }
  return texts;
}

void add_statement(Document& document, Statement statement) {
  std::erase_if(statement.names, [](const std::string& name) { return name.empty() || name.size() > kNameBytesMax; });
  statement.names.resize(std::min(statement.names.size(), kNamesMax));
  if (statement.names.empty()) {
    ++document.not_understood;
    return;
  }
  for (std::string& name : statement.names) name = base::escape_text(name, kNameBytesMax);
  statement.impact = base::escape_text(statement.impact, kTextBytesMax);
  if (document.statements.size() >= kStatementsMax) {
    throw base::LimitExceeded("the VEX document has more than " + std::to_string(kStatementsMax) +
                              " statements about a vulnerability in a product");
  }
  document.statements.push_back(std::move(statement));
}

Document read_document(crds::VexFormat format, std::string_view text) {
  if (text.size() > kDocumentBytesMax) throw base::LimitExceeded("the VEX document is larger than 16 MiB");
  const json root = net::parse_json_bounded(text, "VEX document");
  if (!root.is_object()) throw base::ParseError("VEX document: not an object");
  Document document = read_any(format, root);
  document.author = base::escape_text(document.author, kNameBytesMax);
  document.updated = base::escape_text(document.updated, kNameBytesMax);
  keep_last_words(document);
  return document;
}

}  // namespace pratique_operator::vex
