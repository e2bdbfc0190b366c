// What ratchet and continuity want to know of an image: what its owner's pods run. No I/O.
#pragma once

#include "admission/admission_review.h"
#include "admission/cluster_view.h"
#include "admission/image_lookup.h"

namespace admission {

// Whose pods the request is about; nullopt: nobody's that counts. What a pod says of its owner counts where one of
// Kubernetes' own controllers made it, or nobody asks: everybody else could name any owner.
[[nodiscard]] std::optional<Owner> owner_of(const Review& review);

// Fills in `places` and `ran_since` of the image.
void add_running(const ClusterView& view, const Owner& owner, const std::vector<policy::ContainerImage>& images,
                 SeenImage& image);

}  // namespace admission
