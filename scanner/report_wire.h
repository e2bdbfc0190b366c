// The messages of the scan service, docs/formats/scan-service.md: what `POST /v1/inventories` takes and the lines that
// it answers. Shared by the service (scanner/server) and by its caller (the operator); no I/O.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/error.h"
#include "scanner/report.h"

namespace scanner {

// How the image's registry may be spoken to. Credentials are either a user and a password, or a token that is sent as
// it is; all empty: anonymous. Never logged.
struct RegistryAccess {
  std::string username{};
  std::string password{};
  std::string identity_token{};                    // the dockerconfigjson `identitytoken`
  std::string bearer_token{};                      // pull-scoped, made by the caller; used instead of everything above
  std::vector<std::string> plain_http_hosts{};     // "host:port"
  std::vector<std::string> private_hosts{};        // "host:port" that may resolve to private addresses
  std::vector<std::string> trusted_realm_hosts{};  // may receive the credentials
  std::string ca_bundle_pem{};                     // empty: the system's
  bool attached_sboms = false;                     // whether SBOMs that are attached to the image there are read
  std::vector<std::string> sbom_keys{};            // PEM: of who signs those
};

struct ScanRequest {
  std::string reference{};  // where the image is: "registry:5000/shop/web:1"; the digest decides
  std::string digest{};     // of the platform manifest
  std::string index{};      // digest of the index that led there; empty: none
  std::string platform{};   // "linux/amd64", copied into the inventory
  RegistryAccess access{};
  std::uint64_t compressed_bytes_max = 0;  // 0: the service's own limit; never raises it
  std::chrono::seconds timeout{0};         // 0: the service's own limit; never raises it
  bool refuse_if_busy = false;             // instead of queueing it: another scanner may have a free slot
};

// Why there is no inventory. `reason` is one of the words in docs/formats/scan-service.md: Unauthorized, Forbidden,
// RealmNotTrusted, NotFound, RateLimited, RegistryError, RegistryUnreachable, InvalidImage, LimitExceeded, Cancelled,
// BadRequest, Overloaded, Internal.
struct ScanFailure {
  std::string reason;
  std::string message;  // for a person; escaped
  std::optional<std::chrono::seconds> retry_after;
  bool operator==(const ScanFailure&) const = default;
};

struct ScanProgressLine {
  std::uint64_t bytes_done = 0;
  std::uint64_t bytes_total = 0;
  std::string stage;  // "fetch", "extract"
  bool operator==(const ScanProgressLine&) const = default;
};

using ScanLine = std::variant<ScanProgressLine, ScanFailure, Inventory>;

[[nodiscard]] std::string write_scan_request(const ScanRequest& request);
// Throws base::ParseError that names the field, base::LimitExceeded when it is nested too deeply.
[[nodiscard]] ScanRequest parse_scan_request(std::string_view json);

// One line of the answer, with its newline.
[[nodiscard]] std::string write_scan_line(const ScanLine& line);
// Throws base::ParseError and base::LimitExceeded.
[[nodiscard]] ScanLine parse_scan_line(std::string_view line);

// What a scan service answered instead of an inventory.
class ScanFailed : public base::Error {
 public:
  explicit ScanFailed(ScanFailure failure)
      : base::Error("scan failed: " + failure.reason + ": " + failure.message), failure_(std::move(failure)) {}
  [[nodiscard]] const ScanFailure& failure() const { return failure_; }

 private:
  ScanFailure failure_;
};

// Puts the pieces of an answer's body together. Not thread-safe; a value for one answer.
class ScanAnswerReader {
 public:
  explicit ScanAnswerReader(std::function<void(const ScanProgressLine&)> on_progress = {})
      : on_progress_(std::move(on_progress)) {}

  // Throws base::ParseError for a broken line, base::LimitExceeded for one longer than an inventory may be.
  void feed(std::string_view piece);

  // The inventory, once the body has ended. Throws ScanFailed when the answer was a failure, base::NetworkError when it
  // ended without either (the scanner died).
  [[nodiscard]] Inventory finish();

 private:
  void take_line(std::string_view line);

  std::function<void(const ScanProgressLine&)> on_progress_;
  std::string partial_;
  std::optional<std::variant<ScanFailure, Inventory>> outcome_;
};

}  // namespace scanner
