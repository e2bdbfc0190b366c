// The OCI image layout over the files of a directory or of an archive. Private to registry/.
#pragma once

#include <memory>
#include <string>

#include "registry/image_files.h"
#include "registry/verified_image_source.h"

namespace registry {

[[nodiscard]] bool is_oci_layout(const ImageFiles& files);

// `tag` is a tag, or the whole name of an image where the layout has that; empty: its only image. Throws
// base::ConfigError when the files are no layout or the tag is not in it (the message lists the tags).
[[nodiscard]] std::unique_ptr<ContentStore> make_oci_layout_store(std::unique_ptr<ImageFiles> files, std::string tag);

}  // namespace registry
