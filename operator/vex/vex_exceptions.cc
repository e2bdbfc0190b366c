#include "operator/vex/vex_exceptions.h"

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/digest.h"
#include "base/error.h"
#include "policy/glob.h"

namespace pratique_operator::vex {
namespace {

// As the schema allows.
constexpr std::size_t kVulnerabilitiesMax = 100;
constexpr std::size_t kPatternBytesMax = 512;
constexpr std::size_t kNameBytesMax = 200;
constexpr std::size_t kDigitsOfName = 12;
// Annotation of an exception: by which spec of its source it was made.
constexpr const char* kMadeBySpec = "pratique.dev/vex-spec";

constexpr std::array<std::string_view, 5> kJustifications = {
    "component_not_present", "vulnerable_code_not_present", "vulnerable_code_not_in_execute_path",
    "vulnerable_code_cannot_be_controlled_by_adversary", "inline_mitigations_already_exist"};

std::string mark_of(const crds::VexSource& source) {
  return base::sha256_hex(nlohmann::json(source).at("spec").dump()).substr(0, kDigitsOfName);
}

// Whether it is about one state of the product: a version, a digest or a tag.
bool is_pinned(const Product& product) {
  return !product.digest.empty() || product.package.find('@') != std::string::npos ||
         (!product.repository.empty() && !product.repository.ends_with(":*"));
}

// Whether the statement takes findings away, and says why where it must. "Fixed" is true of some versions alone.
bool counts(const Statement& statement) {
  if (statement.status == Status::kFixed) return is_pinned(statement.product);
  return statement.status == Status::kNotAffected &&
         std::ranges::find(kJustifications, statement.justification) != kJustifications.end();
}

crds::ExceptedVulnerability excepted(const Statement& statement) {
  const bool fixed = statement.status == Status::kFixed;
  return {.id = statement.names.front(),
          .status = fixed ? crds::ExceptionStatus::kFixed : crds::ExceptionStatus::kNotAffected,
          .justification = fixed ? std::string() : statement.justification,
          .impact_statement = statement.impact};
}

// nullopt: the source may not speak of it, or nobody could say it in an exception.
std::optional<crds::ExceptionMatch> match_of(const crds::VexSource& source, const Product& product) {
  if (std::max(product.repository.size(), product.package.size()) > kPatternBytesMax) return std::nullopt;
  crds::ExceptionMatch match;
  match.images = source.spec.images;
  if (!product.repository.empty()) {
    if (!match.images.empty() && !policy::any_glob_matches(match.images, product.repository)) return std::nullopt;
    match.images = {product.repository};
  }
  if (!product.digest.empty()) match.digests = {product.digest};
  if (!product.package.empty()) match.packages = {product.package};
  return match;
}

crds::FindingException make_exception(const crds::VexSource& source, const Document& document, const Product& product,
                                      const crds::ExceptionMatch& match, std::size_t part) {
  crds::FindingException exception;
  const std::string identity =
      product.repository + "\n" + product.digest + "\n" + product.package + "\n" + std::to_string(part);
  exception.metadata.name = "vex-" + source.metadata.name.substr(0, kNameBytesMax) + "-" +
                            base::sha256_hex(identity).substr(0, kDigitsOfName);
  exception.metadata.annotations = {{kMadeBySpec, mark_of(source)}};
  exception.metadata.labels = {{std::string(crds::kManagedByLabel), std::string(crds::kManagedByPratique)}};
  exception.metadata.owner_references = {{.api_version = crds::kVexSource.api_version(),
                                          .kind = crds::kVexSource.kind,
                                          .name = source.metadata.name,
                                          .uid = source.metadata.uid,
                                          .controller = true}};
  exception.spec.match = match;
  exception.spec.reason = "VexSource/" + source.metadata.name +
                          (document.author.empty() ? std::string() : ", statement of " + document.author);
  return exception;
}

}  // namespace

bool is_of_spec(const crds::FindingException& exception, const crds::VexSource& source) {
  const auto mark = exception.metadata.annotations.find(kMadeBySpec);
  return mark != exception.metadata.annotations.end() && mark->second == mark_of(source);
}

MadeExceptions exceptions_of(const crds::VexSource& source, const Document& document) {
  MadeExceptions made;
  std::map<Product, std::vector<const Statement*>> by_product;
  for (const Statement& statement : document.statements) {
    const bool silent = statement.status == Status::kAffected || statement.status == Status::kUnderInvestigation;
    if (counts(statement) && match_of(source, statement.product)) {
      by_product[statement.product].push_back(&statement);
    } else if (!silent) {
      ++made.left_out;
    }
  }
  for (const auto& [product, statements] : by_product) {
    std::set<std::string> ids;  // a list-map: each once
    std::size_t part = 0;
    crds::FindingException* exception = nullptr;
    for (const Statement* statement : statements) {
      if (!ids.insert(statement->names.front()).second) continue;
      if (exception == nullptr || exception->spec.vulnerabilities.size() == kVulnerabilitiesMax) {
        if (made.exceptions.size() == kExceptionsMax) {
          throw base::LimitExceeded("the VEX document is about more than " + std::to_string(kExceptionsMax) +
                                    " products: choose fewer by several VexSources with spec.images");
        }
        made.exceptions.push_back(make_exception(source, document, product, *match_of(source, product), part++));
        exception = &made.exceptions.back();
      }
      exception->spec.vulnerabilities.push_back(excepted(*statement));
      ++made.statements;
    }
  }
  std::ranges::sort(made.exceptions, {}, [](const auto& one) { return one.metadata.name; });
  return made;
}

}  // namespace pratique_operator::vex
