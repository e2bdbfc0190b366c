#include "scanner/layers/image_state.h"

#include <fmt/format.h>

namespace scanner::layers {

std::string too_many_entries(const Limits& limits) {
  return fmt::format("more than {} files in the image", limits.entries_max);
}

std::string too_many_raw_bytes(const Limits& limits) {
  return fmt::format("the image is more than {} bytes uncompressed", limits.image_raw_bytes_max);
}

}  // namespace scanner::layers
