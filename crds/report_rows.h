// Report rows v1: the vulnerabilities of one image as ImageReport.spec.vulnerabilities holds them:
// docs/formats/report-rows.md. The operator writes them, admission and the report API read them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "crds/metadata.h"

namespace crds {

struct RowRating {
  std::string source;  // "debian", "ghsa", "nvd", "osv"
  Severity severity = Severity::kUnknown;
  std::string vector;  // CVSS vector; may be empty
  bool operator==(const RowRating&) const = default;
};

// One vulnerability in one package (source package for deb and apk).
struct ReportRow {
  std::string id;                    // the CVE where there is one
  std::vector<std::string> aliases;  // every other name; sorted
  std::string package_type;          // purl type: "deb"
  std::string package;
  std::string installed;
  std::string fixed;      // empty: no fix known
  std::string fix_date;   // RFC 3339 or empty
  std::string published;  // RFC 3339 or empty
  Severity severity = Severity::kUnknown;
  std::string severity_source;
  std::vector<RowRating> ratings;
  std::string url;
  std::vector<std::string> purls;  // of the binary packages that carry it; sorted
  std::string layer;               // digest
  std::string path;
  std::string exploited_since{};  // the day on which its use in attacks became known; empty: it is not
  bool ransomware = false;
  std::string epss{};  // decimal text; empty: unknown
  std::string epss_percentile{};
  [[nodiscard]] bool exploited() const { return !exploited_since.empty(); }
  bool operator==(const ReportRow&) const = default;
};

[[nodiscard]] std::string pack_report_rows(const std::vector<ReportRow>& rows);

// Throws base::ParseError for what is not report rows v1, base::LimitExceeded for what unpacks to more than
// kPackedBytesMax (crds/packing.h).
[[nodiscard]] std::vector<ReportRow> unpack_report_rows(std::string_view packed);

}  // namespace crds
