// An image on disk in the OCI image layout, as skopeo, umoci and buildkit write it: oci:DIR[:tag].
#pragma once

#include <memory>
#include <string>

#include "registry/image_source.h"

namespace registry {

struct OciLayoutReference {
  std::string directory;
  std::string tag{};  // empty: the layout's only image
};

// Reads "DIR" or "DIR:tag"; a colon belongs to the directory when a slash follows it.
[[nodiscard]] OciLayoutReference parse_oci_layout_reference(std::string_view text);

// Throws base::ConfigError when the directory is no layout or the tag is not in it (the message lists the tags).
[[nodiscard]] std::unique_ptr<ImageSource> make_oci_layout_source(const OciLayoutReference& reference);

}  // namespace registry
