// The bounds of everything that kubernetes/ reads.
#pragma once

#include <chrono>
#include <cstddef>

namespace kubernetes {

// The API server refuses objects above 3 MiB (etcd above 1.5 MiB); a line of a watch is one object and a few bytes.
inline constexpr std::size_t kWatchLineBytesMax = 4 << 20;
// One object in an answer.
inline constexpr std::size_t kObjectBytesMax = 4 << 20;
// What a page of a list has around its objects.
inline constexpr std::size_t kListEnvelopeBytesMax = 64 << 10;
// From asking for a page to its last byte. Each object is taken in as it comes.
inline constexpr std::chrono::seconds kListPageTimeMax{120};

// A list whose later pages the API server has forgotten is begun anew this often, without a pause.
inline constexpr int kListRestartsMax = 3;

// Nesting of an object: schemas in CRDs are the deepest that are met, at some forty.
inline constexpr int kObjectDepthMax = 200;

inline constexpr std::size_t kKubeconfigBytesMax = 1 << 20;
inline constexpr std::size_t kCertificateBytesMax = 1 << 20;
inline constexpr std::size_t kTokenBytesMax = 64 << 10;
// Values of a kubeconfig that may be visited: YAML aliases can make a small file endless.
inline constexpr std::size_t kKubeconfigNodesMax = 100'000;

// The API server sends a bookmark each minute; a watch that is silent for longer is dead.
inline constexpr std::chrono::seconds kWatchIdleMax{100};
inline constexpr std::chrono::seconds kTokenAgeMax{60};
// What a server may make us wait.
inline constexpr int kRetryAfterSecondsMax = 600;

}  // namespace kubernetes
