#include "scanner/inventory/rpm/source_rpm.h"

namespace scanner::inventory {

SourceRpm parse_source_rpm(std::string_view text) {
  for (const std::string_view ending : {".src.rpm", ".nosrc.rpm"}) {
    if (!text.ends_with(ending)) continue;
    text.remove_suffix(ending.size());
    const std::size_t release = text.rfind('-');
    const std::size_t version = release == 0 ? std::string_view::npos : text.rfind('-', release - 1);
    if (release == std::string_view::npos || version == std::string_view::npos) return {};
    return {.name = text.substr(0, version), .version = text.substr(version + 1)};
  }
  return {};
}

std::string_view module_stream_of(std::string_view module) {
  const std::size_t name = module.find(':');
  return name == std::string_view::npos ? module : module.substr(0, module.find(':', name + 1));
}

}  // namespace scanner::inventory
