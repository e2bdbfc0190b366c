#include "operator/reconcilers/policy_report.h"

#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/digest.h"
#include "base/error.h"
#include "base/log.h"
#include "operator/reconcilers/field_owner.h"

namespace pratique_operator::reconcilers {
namespace {

using crds::Finding;
using crds::FindingState;
using nlohmann::json;

constexpr const char* kSource = "pratique";
constexpr const char* kPolicy = "vulnerabilities";
constexpr const char* kLeftOutAnnotation = "pratique.dev/left-out";

const kubernetes::ResourceType& type_of(ReportFormat format) {
  static const kubernetes::ResourceType kPolicyReport{"wgpolicyk8s.io", "v1alpha2", "PolicyReport", "policyreports",
                                                      true};
  static const kubernetes::ResourceType kOpenReport{"openreports.io", "v1alpha1", "Report", "reports", true};
  return format == ReportFormat::kPolicyReport ? kPolicyReport : kOpenReport;
}

ReportFormat other_than(ReportFormat format) {
  return format == ReportFormat::kPolicyReport ? ReportFormat::kOpenReports : ReportFormat::kPolicyReport;
}

const char* severity_of(crds::Severity severity) {
  switch (severity) {
    case crds::Severity::kCritical:
      return "critical";
    case crds::Severity::kHigh:
      return "high";
    case crds::Severity::kMedium:
      return "medium";
    case crds::Severity::kLow:
      return "low";
    case crds::Severity::kUnknown:
      break;
  }
  return "info";
}

// What a policy denies fails, what is open otherwise warns, and what does not count is skipped.
const char* result_of(const crds::FindingStatus& status) {
  if (status.state != FindingState::kOpen) {
    return "skip";
  }
  return status.blocking ? "fail" : "warn";
}

std::string api_version_of(const std::string& kind) {
  if (kind == "Job" || kind == "CronJob") {
    return "batch/v1";
  }
  return kind == "Pod" || kind == "ReplicationController" ? "v1" : "apps/v1";
}

json resources_of(const Finding& finding, const std::string& ns) {
  json resources = json::array();
  for (const crds::FindingWorkload& workload : finding.spec.workloads) {
    resources.push_back({{"apiVersion", api_version_of(workload.kind)},
                         {"kind", workload.kind},
                         {"name", workload.name},
                         {"namespace", ns}});
  }
  return resources;
}

void put(json& properties, const char* name, const std::string& value) {
  if (!value.empty()) {
    properties[name] = value;
  }
}

json properties_of(const Finding& finding) {
  const crds::FindingSpec& spec = finding.spec;
  json properties{{"finding", finding.metadata.name},
                  {"package", spec.package.name},
                  {"images", std::to_string(spec.image_count)},
                  {"workloads", std::to_string(spec.workload_count)}};
  put(properties, "purl", spec.package.purl);
  put(properties, "installedVersion", spec.installed_versions.empty() ? "" : spec.installed_versions.front());
  put(properties, "fixedVersion", spec.fixed_versions.empty() ? "" : spec.fixed_versions.front());
  put(properties, "image", spec.images.empty() ? "" : spec.images.front().reference);
  put(properties, "url", spec.vulnerability.url);
  put(properties, "epss", spec.epss ? spec.epss->score : "");
  put(properties, "exploitedSince", spec.exploited ? spec.exploited->date_added : "");
  put(properties, "dueBy", finding.status->due_by);
  put(properties, "exception", finding.status->exception);
  return properties;
}

json result_entry(const Finding& finding, const std::string& ns) {
  const crds::FindingSpec& spec = finding.spec;
  const std::string installed = spec.installed_versions.empty() ? "" : " " + spec.installed_versions.front();
  json result{{"source", kSource},
              {"policy", kPolicy},
              {"rule", spec.vulnerability.id},
              {"category", "Vulnerability Scan"},
              {"severity", severity_of(spec.severity)},
              {"result", result_of(*finding.status)},
              {"scored", true},
              {"message", spec.vulnerability.id + " in " + spec.package.name + installed + ": " + spec.remediation},
              {"resources", resources_of(finding, ns)},
              {"properties", properties_of(finding)}};
  if (const std::optional<base::SystemTime> seen = base::parse_rfc3339(finding.status->first_seen)) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(seen->time_since_epoch()).count();
    result["timestamp"] = {{"seconds", seconds}, {"nanos", 0}};
  }
  return result;
}

// Nobody takes an image for clean whose results could not be read.
json error_entry(const UnreadableImage& image) {
  return {{"source", kSource},
          {"policy", kPolicy},
          {"category", "Vulnerability Scan"},
          {"severity", "info"},
          {"result", "error"},
          {"scored", false},
          {"message", image.why},
          {"properties", {{"image", image.reference}, {"digest", image.digest}}}};
}

}  // namespace

ReportFormat parse_report_format(std::string_view text) {
  if (text == "none") return ReportFormat::kNone;
  if (text == "removed") return ReportFormat::kRemoved;
  for (const ReportFormat format : {ReportFormat::kPolicyReport, ReportFormat::kOpenReports}) {
    if (type_of(format).group == text) {
      return format;
    }
  }
  throw base::ConfigError("--policy-reports " + base::escape_text(text) +
                          ": use none, removed, wgpolicyk8s.io (PolicyReport) or openreports.io (Report)");
}

json policy_report_of(ReportFormat format, const std::string& ns, const DesiredRows& desired) {
  std::map<std::string, std::size_t> counts{{"pass", 0}, {"fail", 0}, {"warn", 0}, {"error", 0}, {"skip", 0}};
  json results = json::array();
  std::size_t bytes = 0;
  std::size_t left_out = desired.left_out.size();
  const auto add = [&](json entry) {
    ++counts[entry.at("result").get<std::string>()];
    bytes += entry.dump().size();
    if (results.size() < kPolicyResultsMax && bytes <= kPolicyResultsBytesMax) {
      results.push_back(std::move(entry));
    } else {
      ++left_out;
    }
  };
  for (const UnreadableImage& image : desired.unreadable) add(error_entry(image));
  for (const Finding& finding : desired.rows) add(result_entry(finding, ns));
  const kubernetes::ResourceType& type = type_of(format);
  json report{
      {"apiVersion", type.api_version()},
      {"kind", type.kind},
      {"metadata",
       {{"name", kPolicyReportName}, {"namespace", ns}, {"labels", {{"app.kubernetes.io/managed-by", kSource}}}}},
      {"scope", {{"apiVersion", "v1"}, {"kind", "Namespace"}, {"name", ns}}},
      {"summary", counts},
      {"results", std::move(results)}};
  if (left_out != 0) {
    report["metadata"]["annotations"] = {{kLeftOutAnnotation, std::to_string(left_out)}};
  }
  return report;
}

// These kinds are other people's: who asked for them may have to install them first.
void PolicyReports::write(ReportFormat format, const std::string& ns, const json& report) {
  const kubernetes::ResourceType& type = type_of(format);
  try {
    if (report.is_null()) {
      api_.remove(type, {.ns = ns, .name = kPolicyReportName}, {});
    } else {
      api_.apply(type, report, {.field_manager = kFieldOwner, .subresource = {}});
    }
  } catch (const kubernetes::ApiError& error) {
    throw kubernetes::ApiError(std::string(error.what()) + " (--policy-reports " + type.group + ": is the kind " +
                                   type.kind + " of " + type.api_version() +
                                   " installed, and manifests/policy_reports applied?)",
                               error.status(), error.reason(), error.retry_after());
  }
}

// Once for each namespace: a leader that finds nothing there asks no more. A namespace that has neither ImageScans nor
// rows is not visited: docs/installation.md names what removes the rest.
void PolicyReports::remove_all(const std::string& ns) {
  if (written_.with([&](const auto& written) { return written.contains(ns); })) return;
  for (const ReportFormat format : {ReportFormat::kPolicyReport, ReportFormat::kOpenReports}) write(format, ns, json());
  written_.with([&](auto& written) { written[ns] = "none"; });
}

void PolicyReports::update(const std::string& ns, const DesiredRows& desired) {
  if (format_ == ReportFormat::kNone) {
    return;
  }
  if (format_ == ReportFormat::kRemoved) return remove_all(ns);
  const json report =
      desired.rows.empty() && desired.unreadable.empty() ? json() : policy_report_of(format_, ns, desired);
  const std::string digest = report.is_null() ? "none" : base::sha256_hex(report.dump());
  const std::optional<std::string> known = written_.with([&](const auto& written) {
    const auto found = written.find(ns);
    return found == written.end() ? std::nullopt : std::optional(found->second);
  });
  if (known == digest) {
    return;
  }
  write(format_, ns, report);
  written_.with([&](auto& written) { written[ns] = digest; });
  // Once, and last: who may not write that kind is told so by each leader, and keeps the reports that were asked for.
  if (!known) write(other_than(format_), ns, json());
}

}  // namespace pratique_operator::reconcilers
