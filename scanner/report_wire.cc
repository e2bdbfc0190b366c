#include "scanner/report_wire.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/digest.h"
#include "base/log.h"
#include "net/json.h"
#include "scanner/report_json.h"

namespace scanner {
namespace {

constexpr std::size_t kRequestBytesMax = std::size_t{1} << 20;
constexpr std::size_t kTextBytesMax = 256 << 10;  // a CA bundle is the longest
constexpr std::size_t kHostsMax = 256;
constexpr int kDepthMax = 8;
// A line holds an inventory and {"inventory":}.
constexpr std::size_t kLineBytesMax = kInventoryBytesMax + 64;
constexpr std::string_view kInventoryPrefix = R"({"inventory":)";

using Json = nlohmann::json;

[[noreturn]] void refuse(std::string_view message, std::string_view what) {
  throw base::ParseError(fmt::format("{}: {}", message, what));
}

std::string dump(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json parse_object(std::string_view text, std::string_view message) {
  Json json = net::parse_json_bounded(text, message, {.depth_max = kDepthMax});
  if (!json.is_object()) refuse(message, "not a JSON object");
  return json;
}

// Typed access to a message's fields; a missing field is empty or zero, one of another type a ParseError.
class Fields {
 public:
  Fields(const Json& object, std::string_view message) : object_(object), message_(message) {}

  [[nodiscard]] std::string text(const char* name) const {
    const auto field = object_.find(name);
    if (field == object_.end()) return {};
    if (!field->is_string() || field->get_ref<const std::string&>().size() > kTextBytesMax) {
      refuse(message_, fmt::format("\"{}\" is not a string of at most {} bytes", name, kTextBytesMax));
    }
    return field->get<std::string>();
  }

  [[nodiscard]] std::uint64_t number(const char* name) const {
    const auto field = object_.find(name);
    if (field == object_.end()) return 0;
    if (!field->is_number_unsigned()) refuse(message_, fmt::format("\"{}\" is not a whole number", name));
    return field->get<std::uint64_t>();
  }

  [[nodiscard]] bool flag(const char* name) const {
    const auto field = object_.find(name);
    if (field == object_.end()) return false;
    if (!field->is_boolean()) refuse(message_, fmt::format("\"{}\" is not true or false", name));
    return field->get<bool>();
  }

  [[nodiscard]] std::vector<std::string> texts(const char* name) const {
    const auto field = object_.find(name);
    if (field == object_.end()) return {};
    if (!field->is_array() || field->size() > kHostsMax) {
      refuse(message_, fmt::format("\"{}\" is not an array of at most {} strings", name, kHostsMax));
    }
    std::vector<std::string> values;
    for (const Json& item : *field) {
      if (!item.is_string()) refuse(message_, fmt::format("\"{}\" holds something that is not a string", name));
      values.push_back(item.get<std::string>());
    }
    return values;
  }

  [[nodiscard]] std::chrono::seconds seconds(const char* name) const {
    constexpr std::uint64_t kSecondsMax = 1'000'000;
    const std::uint64_t value = number(name);
    if (value > kSecondsMax) refuse(message_, fmt::format("\"{}\" is more than {} s", name, kSecondsMax));
    return std::chrono::seconds(value);
  }

 private:
  const Json& object_;
  std::string_view message_;
};

void put_text(Json& object, const char* name, const std::string& value) {
  if (!value.empty()) object[name] = value;
}

Json access_json(const RegistryAccess& access) {
  Json object = Json::object();
  put_text(object, "username", access.username);
  put_text(object, "password", access.password);
  put_text(object, "identityToken", access.identity_token);
  put_text(object, "bearerToken", access.bearer_token);
  put_text(object, "caBundle", access.ca_bundle_pem);
  object["plainHttpHosts"] = access.plain_http_hosts;
  object["privateHosts"] = access.private_hosts;
  object["trustedRealmHosts"] = access.trusted_realm_hosts;
  if (access.attached_sboms) object["attachedSboms"] = true;
  if (!access.sbom_keys.empty()) object["sbomKeys"] = access.sbom_keys;
  return object;
}

RegistryAccess read_access(const Json& json) {
  const Fields fields(json, "scan request access");
  return {.username = fields.text("username"),
          .password = fields.text("password"),
          .identity_token = fields.text("identityToken"),
          .bearer_token = fields.text("bearerToken"),
          .plain_http_hosts = fields.texts("plainHttpHosts"),
          .private_hosts = fields.texts("privateHosts"),
          .trusted_realm_hosts = fields.texts("trustedRealmHosts"),
          .ca_bundle_pem = fields.text("caBundle"),
          .attached_sboms = fields.flag("attachedSboms"),
          .sbom_keys = fields.texts("sbomKeys")};
}

Json progress_json(const ScanProgressLine& progress) {
  return {{"progress",
           {{"bytesDone", progress.bytes_done}, {"bytesTotal", progress.bytes_total}, {"stage", progress.stage}}}};
}

Json failure_json(const ScanFailure& failure) {
  Json object{{"reason", failure.reason}, {"message", failure.message}};
  if (failure.retry_after) object["retryAfterSeconds"] = failure.retry_after->count();
  return {{"error", std::move(object)}};
}

ScanFailure read_failure(const Json& json) {
  const Fields fields(json, "scan error");
  ScanFailure failure{.reason = base::escape_text(fields.text("reason"), 64),
                      .message = base::escape_text(fields.text("message")),
                      .retry_after = {}};
  if (failure.reason.empty()) refuse("scan error", "no reason");
  if (json.contains("retryAfterSeconds")) failure.retry_after = fields.seconds("retryAfterSeconds");
  return failure;
}

ScanProgressLine read_progress(const Json& json) {
  const Fields fields(json, "scan progress");
  return {.bytes_done = fields.number("bytesDone"),
          .bytes_total = fields.number("bytesTotal"),
          .stage = base::escape_text(fields.text("stage"), 64)};
}

}  // namespace

std::string write_scan_request(const ScanRequest& request) {
  Json object{{"reference", request.reference}, {"digest", request.digest}, {"platform", request.platform}};
  put_text(object, "index", request.index);
  object["access"] = access_json(request.access);
  object["limits"] = {{"compressedBytesMax", request.compressed_bytes_max},
                      {"timeoutSeconds", request.timeout.count()}};
  if (request.refuse_if_busy) object["refuseIfBusy"] = true;
  return dump(object);
}

ScanRequest parse_scan_request(std::string_view json) {
  if (json.size() > kRequestBytesMax) refuse("scan request", "too long");
  const Json object = parse_object(json, "scan request");
  const Fields fields(object, "scan request");
  const Json limits = object.value("limits", Json::object());
  const Json access = object.value("access", Json::object());
  if (!limits.is_object() || !access.is_object()) refuse("scan request", "\"limits\" or \"access\" is not an object");
  const Fields limit_fields(limits, "scan request limits");
  ScanRequest request{.reference = fields.text("reference"),
                      .digest = fields.text("digest"),
                      .index = fields.text("index"),
                      .platform = fields.text("platform"),
                      .access = read_access(access),
                      .compressed_bytes_max = limit_fields.number("compressedBytesMax"),
                      .timeout = limit_fields.seconds("timeoutSeconds"),
                      .refuse_if_busy = fields.flag("refuseIfBusy")};
  if (request.reference.empty()) refuse("scan request", "no \"reference\"");
  if (!base::Digest::parse(request.digest)) refuse("scan request", "\"digest\" is not sha256:<64 hex digits>");
  if (!request.index.empty() && !base::Digest::parse(request.index))
    refuse("scan request", "\"index\" is not sha256:<64 hex digits>");
  return request;
}

std::string write_scan_line(const ScanLine& line) {
  if (const auto* progress = std::get_if<ScanProgressLine>(&line)) return dump(progress_json(*progress)) + "\n";
  if (const auto* failure = std::get_if<ScanFailure>(&line)) return dump(failure_json(*failure)) + "\n";
  return fmt::format("{}{}}}\n", kInventoryPrefix, write_inventory(std::get<Inventory>(line)));
}

ScanLine parse_scan_line(std::string_view line) {
  if (line.ends_with('\n')) line.remove_suffix(1);
  if (line.starts_with(kInventoryPrefix) && line.ends_with('}')) {
    return parse_inventory(line.substr(kInventoryPrefix.size(), line.size() - kInventoryPrefix.size() - 1));
  }
  if (line.size() > kRequestBytesMax) throw base::LimitExceeded("scan answer: a line too long");
  const Json object = parse_object(line, "scan answer");
  if (const auto error = object.find("error"); error != object.end() && error->is_object()) return read_failure(*error);
  if (const auto progress = object.find("progress"); progress != object.end() && progress->is_object()) {
    return read_progress(*progress);
  }
  refuse("scan answer", "a line that is neither progress, nor an error, nor an inventory");
}

void ScanAnswerReader::feed(std::string_view piece) {
  for (;;) {
    const std::size_t end = piece.find('\n');
    if (partial_.size() + std::min(end, piece.size()) > kLineBytesMax) {
      throw base::LimitExceeded(fmt::format("scan answer: a line longer than {} bytes", kLineBytesMax));
    }
    partial_ += piece.substr(0, end);
    if (end == std::string_view::npos) return;
    take_line(partial_);
    partial_.clear();
    piece.remove_prefix(end + 1);
  }
}

void ScanAnswerReader::take_line(std::string_view line) {
  if (line.empty()) return;
  if (outcome_) refuse("scan answer", "something follows the result");
  ScanLine parsed = parse_scan_line(line);
  if (const auto* progress = std::get_if<ScanProgressLine>(&parsed)) {
    if (on_progress_) on_progress_(*progress);
  } else if (auto* failure = std::get_if<ScanFailure>(&parsed)) {
    outcome_ = std::move(*failure);
  } else {
    outcome_ = std::move(std::get<Inventory>(parsed));
  }
}

Inventory ScanAnswerReader::finish() {
  if (!outcome_ || !partial_.empty()) {
    throw base::NetworkError("the scanner's answer ended before its result; the scanner may have died");
  }
  if (auto* failure = std::get_if<ScanFailure>(&*outcome_)) throw ScanFailed(std::move(*failure));
  return std::move(std::get<Inventory>(*outcome_));
}

}  // namespace scanner
