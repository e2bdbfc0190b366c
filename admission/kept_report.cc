#include "admission/kept_report.h"

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "crds/image_report.h"
#include "crds/object_names.h"
#include "crds/report_rows.h"

namespace admission {
namespace {

// "Unreadable etc/os-release: ...", of the first warning of an incomplete report.
std::string incomplete_because(const crds::ImageReportSpec& spec) {
  if (spec.complete || spec.warnings.empty()) return {};
  const crds::ReportWarning& first = spec.warnings.front();
  return first.reason + (first.path.empty() ? "" : " " + first.path) +
         (first.message.empty() ? "" : ": " + first.message);
}

// What is no percentage is not known.
std::optional<int> coverage_of(const crds::ImageReportSpec& spec) {
  constexpr int kAll = 100;
  if (!spec.coverage || *spec.coverage < 0 || *spec.coverage > kAll) return std::nullopt;
  return static_cast<int>(*spec.coverage);
}

}  // namespace

KeptReport::KeptReport(const policy::ManifestFacts& facts, std::shared_ptr<RowPool> pool)
    : platform_(facts.platform),
      incomplete_because_(facts.incomplete_because),
      database_generation_(facts.database_generation),
      at_least_(facts.at_least),
      complete_(facts.complete),
      coverage_(static_cast<std::int8_t>(facts.coverage.value_or(-1))),
      rows_(std::move(pool)) {
  rows_.reserve(facts.findings.size());
  for (const policy::FindingFacts* finding : facts.findings) rows_.add(*finding);
}

policy::ManifestFacts KeptReport::facts(const base::Digest& manifest) const {
  return {.digest = manifest.text(),
          .platform = platform_,
          .complete = complete_,
          .incomplete_because = incomplete_because_,
          .coverage = coverage_ < 0 ? std::nullopt : std::optional<int>(coverage_),
          .database_generation = database_generation_,
          .findings = rows_.findings(),
          .at_least = at_least_};
}

KeptReport decode_report(const nlohmann::json& object, const std::shared_ptr<RowPool>& pool) {
  const auto report = object.get<crds::ImageReport>();
  const crds::ImageReportSpec& spec = report.spec;
  const std::optional<base::Digest> digest = base::Digest::parse(spec.digest);
  if (!digest || crds::image_report_name(*digest) != report.metadata.name) {
    throw base::ParseError("ImageReport " + report.metadata.name + ": spec.digest does not fit its name");
  }
  std::vector<policy::FindingFacts> findings;
  if (!spec.vulnerabilities.empty()) {
    for (const crds::ReportRow& row : crds::unpack_report_rows(spec.vulnerabilities)) {
      findings.push_back(policy::facts_of(row));
    }
  }
  policy::ManifestFacts manifest{.digest = spec.digest,
                                 .platform = spec.platform,
                                 .complete = spec.complete,
                                 .incomplete_because = incomplete_because(spec),
                                 .coverage = coverage_of(spec),
                                 .database_generation = spec.database_generation,
                                 .findings = {}};
  for (const policy::FindingFacts& finding : findings) manifest.findings.push_back(&finding);
  policy::sort_by_severity(manifest);
  return {manifest, pool};
}

}  // namespace admission
