// What the report API says: ImageReports as JSON documents. Pure.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "crds/image_report.h"
#include "operator/report_api/report_listener.h"

namespace pratique_operator::report_api {

// A workload that uses an image, by what made it: the Deployment and not its pods.
struct ImageUser {
  std::string ns;
  std::string kind;
  std::string name;
  auto operator<=>(const ImageUser&) const = default;
};

// Where the documents come from. Thread-safe.
class ReportSource {
 public:
  virtual ~ReportSource() = default;
  // In the order of their names, at most `limit` behind the name `after` (empty: from the first).
  [[nodiscard]] virtual std::vector<std::shared_ptr<const crds::ImageReport>> list(const std::string& after,
                                                                                   std::size_t limit) const = 0;
  [[nodiscard]] virtual std::shared_ptr<const crds::ImageReport> get(const std::string& name) const = 0;
  // References of the ImageScans that name this platform manifest, at most 100.
  [[nodiscard]] virtual std::vector<std::string> references(const std::string& digest) const = 0;
  // Who uses it by one of these references, in order, at most 100.
  [[nodiscard]] virtual std::vector<ImageUser> users(const std::string& digest) const = 0;
};

// GET /api/v1/images?limit=N&continue=TOKEN, /api/v1/images/{digest}, and
// /api/v1/vulnerabilities/{id}?limit=N&continue=TOKEN, whose id may be any of a vulnerability's names; 404 with a
// message for everything else. Throws base::ParseError when a stored report cannot be read.
[[nodiscard]] ReportAnswer answer_report(const ReportSource& source, const ReportQuestion& question);

}  // namespace pratique_operator::report_api
