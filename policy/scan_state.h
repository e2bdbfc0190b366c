// Why a policy does not take an image's scan at its word: the tag has moved on, the scan or the database is too old,
// something was not looked at. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "policy/facts.h"
#include "policy/rules.h"

namespace policy {

struct ScanQuery {
  const Policy& policy;
  const ImageFacts& image;  // of a valid reference
  base::SystemTime now;
  std::optional<base::SystemTime> database_built_at;
};

// Whether a new scan of the image closes the gap. Nothing that is done to an image makes the database younger.
enum class Mend : std::uint8_t { kScan, kNothing };

// Why there is no scan that counts, for a person.
struct ScanGap {
  std::string because;
  Mend mend = Mend::kScan;
};

// Each is absent, or empty, where nothing is wrong.

// The digest that the tag stood for does not count any more.
[[nodiscard]] std::optional<ScanGap> stale_tag(const ScanQuery& query);
// There is no scan that counts, of one platform at least.
[[nodiscard]] std::optional<ScanGap> missing_scan(const ScanQuery& query);
// Part of the image was not looked at.
[[nodiscard]] std::string incomplete_because(const ImageFacts& image);

// Why less than so many percent of a scanned image's programs are known; empty: enough are, of every platform.
[[nodiscard]] std::string uncovered_because(const ImageFacts& image, std::int64_t percent_min);

}  // namespace policy
