// The steps of the operator behind which a test may end it (base/failpoint.h), in the order of the data.
// kubernetes/failpoints.h and kubernetes/event_recorder.h have more.
#pragma once

#include <string_view>

namespace pratique_operator {

// A registry's event.
inline constexpr std::string_view kEventReceived = "event-received";  // it is the sender's, and stored nowhere
inline constexpr std::string_view kEventStored = "event-stored";      // as an ImageScan; the sender knows nothing yet
inline constexpr std::string_view kEventAnswered = "event-answered";  // and will not come again

// An image.
inline constexpr std::string_view kWorkloadScanAsked = "workload-scan-asked";  // of what runs
inline constexpr std::string_view kScanTaken = "scan-taken";                   // out of the queue
inline constexpr std::string_view kReferenceResolved = "reference-resolved";   // its manifest was fetched
inline constexpr std::string_view kScanBegun = "scan-begun";                   // the status says so; no scanner knows
inline constexpr std::string_view kInventoryReceived = "inventory-received";
inline constexpr std::string_view kImageMatched = "image-matched";          // and nothing stored
inline constexpr std::string_view kReportWritten = "report-written";        // and no status tells of it
inline constexpr std::string_view kVerdictPublished = "verdict-published";  // in the ImageScan's status
inline constexpr std::string_view kScanCollected = "scan-collected";

// What is known of all of them.
inline constexpr std::string_view kRowWritten = "row-written";  // without its status
inline constexpr std::string_view kRowTold = "row-told";
inline constexpr std::string_view kRowMarked = "row-marked";  // labelled as fixed or withdrawn; the status is of before
inline constexpr std::string_view kPolicyTold = "policy-told";
inline constexpr std::string_view kExceptionTold = "exception-told";

// The advisory database.
inline constexpr std::string_view kDatabaseInstalled = "database-installed";  // verified, copied and not in use
inline constexpr std::string_view kDatabaseActive = "database-active";        // and told nobody
inline constexpr std::string_view kDatabaseTold = "database-told";
inline constexpr std::string_view kReportRematched = "report-rematched";  // the first of many

inline constexpr std::string_view kServiceCertificateWritten = "service-certificate-written";  // of the mutual TLS

}  // namespace pratique_operator
