// Names that rpm writes in one text.
#pragma once

#include <string_view>

namespace scanner::inventory {

// Views of the text that was parsed; empty: it was none.
struct SourceRpm {
  std::string_view name;
  std::string_view version;  // with its release
};

// "openssl-3.0.7-24.el9.src.rpm"
[[nodiscard]] SourceRpm parse_source_rpm(std::string_view text);

// "nodejs:18:9020230308:rhel9" -> "nodejs:18".
[[nodiscard]] std::string_view module_stream_of(std::string_view module);

}  // namespace scanner::inventory
