// The image text of a pod or ImageScan, read. What is not a reference is an answer here: policy denies it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/image_reference.h"

namespace admission {

struct WrittenImage {
  std::optional<base::ImageReference> reference;
  std::string error;  // why there is none
};
[[nodiscard]] WrittenImage read_written_image(std::string_view text);

}  // namespace admission
