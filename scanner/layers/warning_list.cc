#include "scanner/layers/warning_list.h"

#include <algorithm>

#include "base/log.h"

namespace scanner::layers {

void WarningList::add(std::string_view reason, std::string_view path, std::string_view message) {
  add({.reason = std::string(reason), .path = base::escape_text(path), .message = std::string(message)});
}

void WarningList::add(const ScanWarning& warning) {
  const auto same = std::find_if(warnings_.begin(), warnings_.end(), [&](const ScanWarning& other) {
    return other.reason == warning.reason && other.message == warning.message;
  });
  if (same != warnings_.end()) {
    same->count += warning.count;
  } else if (warnings_.size() < warnings_max_) {
    warnings_.push_back(warning);
  } else {
    warnings_.back().count += warning.count;
  }
}

}  // namespace scanner::layers
