// Reports of images that were scanned elsewhere: those of a cluster, read from its objects or from the operator's
// report API.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/digest.h"
#include "cli/scan_result.h"
#include "crds/report_rows.h"
#include "kubernetes/api_client.h"
#include "net/http_client.h"

namespace cli {

// An image as a person names one that is scanned: "registry/name:tag", "name@sha256:...", or a digest alone. Throws
// base::ParseError.
class WantedImage {
 public:
  explicit WantedImage(const std::string& written);

  // Whether a normalised reference, or a digest of an index or a platform manifest, is what was meant. A digest
  // decides.
  [[nodiscard]] bool is_called(const std::string& reference) const { return reference == reference_; }
  [[nodiscard]] bool has_digest(const std::string& digest) const { return digest == digest_; }
  [[nodiscard]] const std::string& written() const { return written_; }

 private:
  std::string written_;
  std::string reference_;  // normalised; empty where a digest was given
  std::string digest_;
};

// One platform manifest that there is a report of.
struct StoredManifest {
  std::string digest;
  std::string platform;  // "linux/amd64"
  auto operator<=>(const StoredManifest&) const = default;
};

class StoredReports {
 public:
  virtual ~StoredReports() = default;
  // What the image stands for, each once; none: nobody has scanned it. Throws base::Error.
  [[nodiscard]] virtual std::vector<StoredManifest> find(const WantedImage& image) = 0;
  // A report does not tell which of its warnings made it incomplete: all count as such where it is. Throws
  // base::ConfigError for a report that is not there, or that no database was asked about yet: it has no list
  // of vulnerabilities, which is not an empty one.
  [[nodiscard]] virtual ScanResult read(const WantedImage& image, const StoredManifest& manifest) = 0;
};

// By the ImageScans of a namespace (empty: of all). Borrows `client`.
[[nodiscard]] std::unique_ptr<StoredReports> make_cluster_reports(kubernetes::ApiClient& client, std::string ns);

// By http://127.0.0.1:8090, where `kubectl port-forward` brings the report API. Borrows `http`.
[[nodiscard]] std::unique_ptr<StoredReports> make_served_reports(net::HttpClient& http, net::Url server);

// A row as the vulnerability that it was made of; its title is known to the advisory database alone.
[[nodiscard]] scanner::matching::Vulnerability vulnerability_of(const crds::ReportRow& row);

// The database, as far as a report tells of it: generations are UTC seconds.
[[nodiscard]] scanner::advisories::DatabaseInfo database_of(std::int64_t generation);

}  // namespace cli
