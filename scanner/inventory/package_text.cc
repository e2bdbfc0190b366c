#include "scanner/inventory/package_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"
#include "scanner/inventory/limits.h"

namespace scanner::inventory {
namespace {

bool is_printable_word(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

}  // namespace

bool is_name(std::string_view text) {
  return text.size() <= kNameBytesMax && is_printable_word(text);
}

bool is_version(std::string_view text) {
  return text.size() <= kVersionBytesMax && is_printable_word(text);
}

void BrokenParts::add(const std::string& where, std::string_view what) {
  if (count_ == 0) first_ = fmt::format("{}: {}", where, base::escape_text(what));
  ++count_;
}

void BrokenParts::append_to(std::vector<ScanWarning>& warnings, std::string_view path) const {
  if (left_out_ != 0) {
    warnings.push_back({.reason = "LimitExceeded",
                        .path = base::escape_text(path),
                        .message = fmt::format("{} packages beyond the limit of {}", left_out_, kPackagesMax),
                        .count = left_out_});
  }
  if (count_ == 0) return;
  warnings.push_back({.reason = "Unreadable",
                      .path = base::escape_text(path),
                      .message = count_ == 1 ? first_ : fmt::format("{}; {} such places", first_, count_),
                      .count = count_});
}

}  // namespace scanner::inventory
