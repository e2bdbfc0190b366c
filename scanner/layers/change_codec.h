// Changes and what files told, as fields of a layer's record.
#pragma once

#include <string>
#include <vector>

#include "base/packed_fields.h"
#include "scanner/layers/layer_change.h"

namespace scanner::layers {

// `last_path` is the path of the change before and becomes that of this one: neighbours share most of their paths.
void write_change(base::FieldWriter& writer, const LayerChange& change, std::string& last_path);
// Throws base::ParseError, also for a path that is not normal.
[[nodiscard]] LayerChange read_change(base::FieldReader& reader, std::string& last_path);

void write_warnings(base::FieldWriter& writer, const std::vector<ScanWarning>& warnings);
[[nodiscard]] std::vector<ScanWarning> read_warnings(base::FieldReader& reader);

}  // namespace scanner::layers
