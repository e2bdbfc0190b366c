// What went wrong while an ImageScan was worked on, in the words of its conditions. Pure.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace pratique_operator::reconcilers {

// What was being done when it failed; decides which condition tells of it.
enum class ScanStep { kRead, kResolve, kScan, kStore };

// Whether waiting may mend it, or somebody has to do something.
enum class Remedy { kRetry, kIntervene };

struct Failure {
  std::string reason;   // CamelCase, from a closed set: docs/crds/image_scan.md
  std::string message;  // what failed and the way out, for a person; escaped
  Remedy remedy = Remedy::kRetry;
  std::optional<std::chrono::seconds> retry_after;  // what the other side asked for
  bool operator==(const Failure&) const = default;
};

// The image has no manifest for any of the wanted platforms.
class NoPlatform : public base::Error {
 public:
  using Error::Error;
};

// The reference names something else than a container image: a signature, a chart, an attestation.
class NotAnImage : public base::Error {
 public:
  using Error::Error;
};
inline constexpr std::string_view kNotAnImage = "NotAnImage";

[[nodiscard]] Failure describe_failure(ScanStep step, const base::Error& error);

}  // namespace pratique_operator::reconcilers
