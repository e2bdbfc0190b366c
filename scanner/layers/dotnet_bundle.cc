#include "scanner/layers/dotnet_bundle.h"

#include <algorithm>
#include <utility>

namespace scanner::layers {
namespace {

// The first of 32 bytes: SHA-256 of ".net core bundle".
constexpr std::string_view kMarkStart = "\x8b\x12\x02\xb9\x6a\x61\x20\x38";
constexpr std::size_t kMarkAt = 8;

// What the SDK writes first, but for the brace before it.
constexpr std::string_view kFirstKey = "\"runtimeTarget\": {";
constexpr std::string_view kBlanks = " \t\r\n";
// A brace, an end of a line and its blanks stand before the key.
constexpr std::size_t kHeadBytes = 32;

}  // namespace

bool DotnetBundle::may_begin(std::string_view block) {
  return block.substr(kMarkAt).starts_with(kMarkStart) &&
         block.substr(0, kMarkAt).find_first_not_of('\0') != std::string_view::npos;
}

void DotnetBundle::feed(std::span<const std::byte> bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (state_ == State::kTaking) return take(text);
  if (state_ != State::kLooking) return;
  window_ += text;
  look();
  constexpr std::size_t kKept = kHeadBytes + kFirstKey.size();
  window_.erase(0, window_.size() - std::min(window_.size(), kKept));
}

void DotnetBundle::look() {
  for (std::size_t at = window_.find(kFirstKey); at != std::string::npos; at = window_.find(kFirstKey, at + 1)) {
    const std::size_t brace = at == 0 ? std::string::npos : window_.find_last_not_of(kBlanks, at - 1);
    if (brace == std::string::npos || window_[brace] != '{') continue;
    state_ = State::kTaking;
    return take(std::string_view(window_).substr(brace));
  }
}

// Up to the brace that closes the first one.
void DotnetBundle::take(std::string_view text) {
  if (taken_.size() + text.size() > kListBytesMax) text = text.substr(0, kListBytesMax - taken_.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (!closes_list(text[at])) continue;
    list_ = std::exchange(taken_, {}) + std::string(text.substr(0, at + 1));
    state_ = State::kDone;
    return;
  }
  taken_ += text;
}

bool DotnetBundle::closes_list(char c) {
  if (in_text_) {
    in_text_ = escapes_ || c != '"';
    escapes_ = !escapes_ && c == '\\';
    return false;
  }
  in_text_ = c == '"';
  if (c == '{') ++depth_;
  if (c == '}') --depth_;
  return c == '}' && depth_ == 0;
}

}  // namespace scanner::layers
