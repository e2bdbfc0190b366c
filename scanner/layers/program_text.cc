#include "scanner/layers/program_text.h"

#include <algorithm>
#include <cstring>

namespace scanner::layers {

void ProgramText::feed(std::span<const std::byte> bytes) {
  if (mark_.empty() || count_ == kTextsMax) return;
  window_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  // A mark that begins before this place has its text wholly in the window.
  const std::size_t whole = window_.size() - std::min(window_.size(), kTextBytesMax);
  window_.erase(0, take_those_before(whole));
}

void ProgramText::finish() {
  static_cast<void>(take_those_before(window_.size()));
  window_.clear();
}

// How much of the window has been looked at.
std::size_t ProgramText::take_those_before(std::size_t end) {
  std::size_t at = 0;
  while (at < end && count_ < kTextsMax) {
    const void* found = ::memmem(window_.data() + at, window_.size() - at, mark_.data(), mark_.size());
    const std::size_t place =
        found == nullptr ? end : static_cast<std::size_t>(static_cast<const char*>(found) - window_.data());
    if (place >= end) return end;
    take(std::string_view(window_).substr(place, kTextBytesMax));
    at = place + mark_.size();
  }
  return std::max(at, end);
}

void ProgramText::take(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of('\0'), text.size()));
  std::size_t length = 0;
  while (length < text.size() && text[length] >= ' ' && text[length] <= '~') ++length;
  texts_.append(text.substr(0, length)).append(1, '\n');
  ++count_;
}

}  // namespace scanner::layers
