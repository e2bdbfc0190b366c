// What a kubelet says of the image that a container runs. Pure.
#pragma once

#include <string>
#include <string_view>

namespace policy {

// The digest in a container status' imageID: "docker.io/library/nginx@sha256:...", with "docker-pullable://" before it
// of old kubelets. Empty for an id without a repository, which is of no manifest.
[[nodiscard]] std::string digest_of_image_id(std::string_view image_id);

}  // namespace policy
