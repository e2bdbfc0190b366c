// When an ImageScan's reference is to be resolved again. Pure.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/clock.h"
#include "crds/image_scan.h"

namespace pratique_operator::reconcilers {

// The value of the annotation pratique.dev/rescan-requested-at; empty: nobody asks.
[[nodiscard]] std::string rescan_request(const crds::ImageScan& scan);

// Whether the last request was a person's: not what another cluster found counts then, but what our own scanners do.
[[nodiscard]] bool wants_own_scan(const crds::ImageScan& scan);

// How often: spec.interval, and at least every five minutes while a workload uses a tag; nullopt for a digest and where
// nothing asks for it.
[[nodiscard]] std::optional<std::chrono::seconds> resolution_interval(const crds::ImageScan& scan,
                                                                      const crds::UsedBy& used_by);

// When the answer of `resolved_at` is no longer good enough: by the interval, and three seconds after a request that is
// a time, because registries notify of a push before the pushed tag can be seen. Nullopt: nothing asks for another.
[[nodiscard]] std::optional<base::SystemTime> next_resolution(const crds::ImageScan& scan, const crds::UsedBy& used_by,
                                                              base::SystemTime resolved_at);

}  // namespace pratique_operator::reconcilers
