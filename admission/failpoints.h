// The steps of the webhook behind which a test may end it (base/failpoint.h), in the order of the data.
// kubernetes/event_recorder.h has one more.
#pragma once

#include <string_view>

namespace admission {

inline constexpr std::string_view kCertificateWritten = "certificate-written";  // into the Secret; nobody trusts it yet
inline constexpr std::string_view kCertificateShown = "certificate-shown";      // to whoever asks from now on
inline constexpr std::string_view kTrustWritten = "trust-written";              // into the webhook configuration
inline constexpr std::string_view kSnapshotTaken = "snapshot-taken";            // every kind's first list is complete
inline constexpr std::string_view kRequestRead = "request-read";
inline constexpr std::string_view kRequestParked = "request-parked";  // until a scan is there
inline constexpr std::string_view kDecisionMade = "decision-made";    // and not answered
inline constexpr std::string_view kAnswerSent = "answer-sent";        // and told nobody else
inline constexpr std::string_view kScanAsked = "scan-asked";          // the ImageScan is stored
inline constexpr std::string_view kDenialTold = "denial-told";        // in the status of a policy

}  // namespace admission
