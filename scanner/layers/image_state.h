// What the layers of an image share while they are read.
#pragma once

#include <cstdint>
#include <string>

#include "scanner/layers/image_filesystem.h"
#include "scanner/layers/limits.h"
#include "scanner/layers/selection.h"
#include "scanner/layers/warning_list.h"

namespace scanner::layers {

// What was seen in all layers.
struct ImageTally {
  std::uint64_t entries = 0;
  std::uint64_t raw_bytes = 0;
};

// Borrowed; outlives those who read the layers.
struct ImageState {
  ImageFilesystem& filesystem;
  const Selection& selection;
  const Limits& limits;
  WarningList& warnings;
  ImageTally& tally;
};

// How it is said that an image is past its limits.
[[nodiscard]] std::string too_many_entries(const Limits& limits);
[[nodiscard]] std::string too_many_raw_bytes(const Limits& limits);

}  // namespace scanner::layers
