// Bounds of what a registry may send. Every event is from outside, the authenticated ones included.
#pragma once

#include <chrono>
#include <cstddef>

namespace pratique_operator::push_events {

// Distribution sends one event a request, of about 1 KiB; Harbor's largest batch stays below 100 KiB.
inline constexpr std::size_t kEventBodyBytesMax = 256 << 10;
inline constexpr std::size_t kEventsPerBodyMax = 256;

// Senders give up after about a second, so more than this waiting means that answers come too late anyway.
inline constexpr std::size_t kEventsWaitingMax = 64;

// Once an image of a body could not be stored, the others are tried for as long as this: an API server that is away
// takes its time to fail each, and the sender sends the body again anyway.
inline constexpr std::chrono::seconds kStoringTimeMax{5};

// A sender's secret is read again after this long; until then a forged event costs no request to the API server.
inline constexpr std::chrono::seconds kSecretAge{10};

// Of one sender, each image event a token: a release that pushes some hundred images at once is a burst.
inline constexpr double kEventsPerSecond = 100;
inline constexpr double kEventBurst = 1000;

// An event that was stored is not stored again for so long, and a signed body counts for half of it before and after
// the time that it names.
inline constexpr std::chrono::minutes kReplayWindow{10};
inline constexpr std::size_t kStoredEventsMax = 8192;

// In a path, which proxies log, a secret is at least this long.
inline constexpr std::size_t kPathSecretBytesMin = 16;

}  // namespace pratique_operator::push_events
