#include "operator/reconcilers/announcements.h"

#include <span>
#include <string_view>

namespace pratique_operator::reconcilers {
namespace {

using kubernetes::Condition;
using kubernetes::EventSeverity;

// How a condition that came to `status` is told of.
struct Wording {
  std::string_view type;
  std::string_view status;
  EventSeverity severity;
  const char* reason;
  const char* action;
};

constexpr Wording kOfScans[] = {
    {"Resolved", "True", EventSeverity::kNormal, "Resolved", "Resolve"},
    {"Resolved", "False", EventSeverity::kWarning, "ResolveFailed", "Resolve"},
    {"Scanned", "True", EventSeverity::kNormal, "Scanned", "Scan"},
    {"Scanned", "False", EventSeverity::kWarning, "ScanFailed", "Scan"},
    {"Complete", "False", EventSeverity::kWarning, "Incomplete", "Scan"},
    {"PolicyPassed", "False", EventSeverity::kWarning, "PolicyNotPassed", "Judge"},
    {"FindingsListed", "False", EventSeverity::kWarning, "FindingsLeftOut", "List"},
    {"DigestDrift", "True", EventSeverity::kWarning, "DigestDrift", "Compare"},
};

constexpr Wording kOfRegistries[] = {
    {"Reachable", "True", EventSeverity::kNormal, "Reachable", "Connect"},
    {"Reachable", "False", EventSeverity::kWarning, "Unreachable", "Connect"},
    {"Authenticated", "True", EventSeverity::kNormal, "Authenticated", "Authenticate"},
    {"Authenticated", "False", EventSeverity::kWarning, "AuthenticationFailed", "Authenticate"},
    {"EventsReceiving", "True", EventSeverity::kNormal, "EventsReceiving", "Receive"},
    {"Discovered", "True", EventSeverity::kNormal, "Discovered", "List"},
    {"Discovered", "False", EventSeverity::kWarning, "DiscoveryFailed", "List"},
    {"Attested", "False", EventSeverity::kWarning, "AttestationFailed", "Attest"},
    {"Throttled", "True", EventSeverity::kWarning, "Throttled", "Ask"},
};

constexpr Wording kOfProviders[] = {
    {"Authenticated", "False", EventSeverity::kWarning, "AuthenticationFailed", "Authenticate"},
    {"Listed", "True", EventSeverity::kNormal, "Listed", "List"},
    {"Listed", "False", EventSeverity::kWarning, "ListFailed", "List"},
};

constexpr Wording kOfVexSources[] = {
    {"Fetched", "True", EventSeverity::kNormal, "StatementsRead", "Fetch"},
    {"Fetched", "False", EventSeverity::kWarning, "StatementsRefused", "Fetch"},
};

constexpr Wording kOfDatabases[] = {
    {"Ready", "True", EventSeverity::kNormal, "GenerationActive", "Activate"},
    {"Ready", "False", EventSeverity::kWarning, "NoDatabase", "Activate"},
    {"Held", "True", EventSeverity::kWarning, "GenerationRefused", "Activate"},
    {"Fresh", "False", EventSeverity::kWarning, "DatabaseOld", "Renew"},
};

bool says_the_same(const Condition* before, const Condition& after) {
  return before != nullptr && before->status == after.status && before->reason == after.reason &&
         before->message == after.message;
}

// What failed is named by its reason, which is what a person looks up.
std::string note_of(const Condition& condition) {
  if (condition.status == "True") {
    return condition.message;
  }
  return condition.message.empty() ? condition.reason : condition.reason + ": " + condition.message;
}

std::vector<Announcement> announce(std::span<const Wording> wordings, const Conditions& before,
                                   const Conditions& after) {
  std::vector<Announcement> announcements;
  for (const Wording& wording : wordings) {
    const Condition* now = kubernetes::find_condition(after, wording.type);
    if (now == nullptr || now->status != wording.status ||
        says_the_same(kubernetes::find_condition(before, wording.type), *now)) {
      continue;
    }
    announcements.push_back(
        {.severity = wording.severity, .reason = wording.reason, .action = wording.action, .note = note_of(*now)});
  }
  return announcements;
}

}  // namespace

std::vector<Announcement> announce_scan(const Conditions& before, const Conditions& after) {
  return announce(kOfScans, before, after);
}

std::vector<Announcement> announce_registry(const Conditions& before, const Conditions& after) {
  return announce(kOfRegistries, before, after);
}

std::vector<Announcement> announce_provider(const Conditions& before, const Conditions& after) {
  return announce(kOfProviders, before, after);
}

std::vector<Announcement> announce_vex_source(const Conditions& before, const Conditions& after) {
  return announce(kOfVexSources, before, after);
}

std::vector<Announcement> announce_database(const Conditions& before, const Conditions& after) {
  return announce(kOfDatabases, before, after);
}

void tell(kubernetes::EventSink& events, const kubernetes::ResourceType& type, const crds::Metadata& object,
          const std::vector<Announcement>& announcements) {
  for (const Announcement& announcement : announcements) {
    events.record({.regarding_type = type,
                   .regarding = object.key(),
                   .regarding_uid = object.uid,
                   .severity = announcement.severity,
                   .reason = announcement.reason,
                   .action = announcement.action,
                   .note = announcement.note});
  }
}

}  // namespace pratique_operator::reconcilers
