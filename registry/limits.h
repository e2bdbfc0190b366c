// Bounds on what a registry or a layout may hold.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace registry {

inline constexpr std::size_t kManifestBytesMax = 4 << 20;  // distribution's own bound
inline constexpr std::size_t kConfigBytesMax = 8 << 20;
inline constexpr std::size_t kLayersMax = 1'000;
inline constexpr std::size_t kIndexEntriesMax = 100;
inline constexpr int kIndexDepthMax = 2;             // an index, and indexes in it
inline constexpr std::size_t kReferrersMax = 1'000;  // of one manifest
inline constexpr int kReferrerPagesMax = 20;
inline constexpr std::size_t kArchiveEntriesMax = 100'000;  // files of a docker archive
inline constexpr int kArchiveLinksMax = 8;                  // one behind the other
// Of a document, whatever its size: a config of 1,000 layers has some 10,000, a page of names as many as there are.
inline constexpr std::size_t kJsonValuesMax = 200'000;
inline constexpr int kRedirectsMax = 5;
inline constexpr std::size_t kTokenBytesMax = 64 << 10;
inline constexpr std::size_t kDockerConfigBytesMax = 1 << 20;
inline constexpr std::chrono::seconds kRetryAfterMin{1};
inline constexpr std::chrono::seconds kRetryAfterMax{300};
inline constexpr std::chrono::seconds kBlobIdleTimeout{30};
// Requests for the rest of a broken blob, one behind the other without a byte; after 0.1, 0.2, 0.4, ... seconds.
inline constexpr int kResumesMax = 4;
inline constexpr std::chrono::milliseconds kResumePause{100};
// And in all: a registry that cuts after each byte could keep a client asking for ever.
inline constexpr int kResumesInAllMax = 100;

// How patient a client is with a registry that answers, but slowly: a byte now and then is no reason to wait for ever.
struct Pace {
  std::chrono::milliseconds resolution_max{300'000};  // all that ImageSource::resolve() asks for
  // A blob may take so long, and besides as long as its bytes take at this rate. What a consumer takes is not counted.
  std::chrono::milliseconds blob_base_max{60'000};
  std::uint64_t blob_bytes_per_second_min = 32 << 10;
};

// Lists of repositories and tags.
inline constexpr int kListPage = 1'000;
inline constexpr std::size_t kListPageBytesMax = 4 << 20;
inline constexpr int kListPagesMax = 1'000;
inline constexpr std::size_t kListNamesMax = 100'000;
inline constexpr std::chrono::minutes kListWaitMax{10};  // for the answers to all of a list's pages

}  // namespace registry
