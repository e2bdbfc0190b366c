// Content that can carry packages and that we cannot read yet. It makes the image incomplete, with a counted warning a
// kind: "no findings" never stands for "did not look".
#pragma once

#include <string_view>

namespace scanner::inventory {

// The kind of what lies at this path ("Nix database"), or an empty view. Judges regular files by their path alone;
// called for every entry of every layer: cheap, no allocation.
[[nodiscard]] std::string_view recognise_unsupported(std::string_view path);

}  // namespace scanner::inventory
