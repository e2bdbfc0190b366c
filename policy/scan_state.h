// Why a policy does not take an image's scan at its word: the tag has moved on, the scan or the database is too old,
// something was not looked at. Pure.
#pragma once

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

// Each answers for a person, and with an empty text where nothing is wrong.

// The digest that the tag stood for does not count any more.
[[nodiscard]] std::string stale_because(const ScanQuery& query);
// There is no scan that counts, of one platform at least.
[[nodiscard]] std::string unscanned_because(const ScanQuery& query);
// Part of the image was not looked at.
[[nodiscard]] std::string incomplete_because(const ImageFacts& image);

}  // namespace policy
