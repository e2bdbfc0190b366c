// How a use of a break-glass annotation is told: an entry of the policy's audit trail, and an Event. Pure.
#pragma once

#include "admission/admission_review.h"
#include "base/clock.h"
#include "crds/scan_policy.h"
#include "kubernetes/event_recorder.h"
#include "policy/decision.h"

namespace admission {

// Texts are escaped and cut to what the status holds.
[[nodiscard]] crds::GlassUse glass_use(const policy::BrokenGlass& glass, const Review& review, base::SystemTime now);

// About the object that was let in. A pod that a controller is making is known by its uid already.
[[nodiscard]] kubernetes::Event glass_event(const policy::BrokenGlass& glass, const Review& review);

}  // namespace admission
