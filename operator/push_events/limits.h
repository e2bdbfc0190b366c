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

// A sender's secret is read again after this long; until then a forged event costs no request to the API server.
inline constexpr std::chrono::seconds kSecretAge{10};

}  // namespace pratique_operator::push_events
