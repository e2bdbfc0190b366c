#include "scanner/layers/warning_list.h"

#include <algorithm>

#include "base/log.h"

namespace scanner::layers {

void WarningList::add(std::string_view reason, std::string_view path, std::string_view message) {
  const auto same = std::find_if(warnings_.begin(), warnings_.end(), [&](const ScanWarning& warning) {
    return warning.reason == reason && warning.message == message;
  });
  if (same != warnings_.end()) {
    ++same->count;
  } else if (warnings_.size() < warnings_max_) {
    warnings_.push_back({.reason = std::string(reason),
                         .path = base::escape_text(path),
                         .message = std::string(message),
                         .count = 1,
                         .makes_incomplete = true});
  } else {
    ++warnings_.back().count;
  }
}

}  // namespace scanner::layers
