// Bounds of everything that reaches the webhook from outside, and of what it does because of it.
#pragma once

#include <chrono>
#include <cstddef>

namespace admission {

// The API server itself takes objects of 3 MiB; an UPDATE carries two, and JSON escapes can double a text.
inline constexpr std::size_t kReviewBytesMax = std::size_t{8} << 20;

// Scans that wait to be asked for. Beyond it a wish is dropped and counted: the next attempt to create the pod, or the
// operator's own view of workloads, asks again.
inline constexpr std::size_t kScanRequestsQueued = 1024;

// A namespace may ask for so many at once, and then for one in each interval.
inline constexpr double kScanRequestBurst = 20;
inline constexpr std::chrono::milliseconds kScanRequestInterval{500};

// The same scan is not asked for again within this time.
inline constexpr std::chrono::seconds kScanRequestPause{15};

// Requests that wait for a scan, each of which holds a seat at the API server. Beyond either bound a request is
// answered at once, as if its time were up.
inline constexpr std::size_t kParkedRequestsMax = 64;
inline constexpr std::size_t kParkedRequestsOfANamespaceMax = 4;

// How long a request waits at most, whatever a policy says; one of a controller, which has few workers and tries again
// by itself; and how long before the API server gives up it is answered at the latest.
inline constexpr std::chrono::seconds kWaitMax{8};
inline constexpr std::chrono::seconds kControllerWaitMax{1};
inline constexpr std::chrono::seconds kAnswerMargin{1};

// What is remembered of pods that are no more, for continuity: the owners that have none left, and the digests of each.
inline constexpr std::size_t kOwnersWithoutPodsMax = 10'000;
inline constexpr std::size_t kGoneDigestsOfAnOwnerMax = 16;

}  // namespace admission
