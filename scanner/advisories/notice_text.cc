#include "scanner/advisories/notice_text.h"

#include <algorithm>
#include <string>

#include "scanner/advisories/issue_names.h"

namespace scanner::advisories {

namespace {

// "only affects", "only affected"
constexpr std::string_view kOnly = "only affect";
constexpr std::string_view kUbuntu = "Ubuntu ";

// The sentences that stand between the parenthesis before and the one that opens at `open`.
std::string_view passage_before(std::string_view text, std::size_t open) {
  const std::size_t before = text.substr(0, open).rfind(')');
  return before == std::string_view::npos ? text.substr(0, open) : text.substr(before + 1, open - before - 1);
}

// A version may end with anything but another digit or part: 22.04 is not 22.041.
bool names_release(std::string_view text, std::string_view release) {
  const std::string wanted = std::string(kUbuntu) + std::string(release);
  for (std::size_t at = text.find(wanted); at != std::string_view::npos; at = text.find(wanted, at + 1)) {
    const std::string_view behind = text.substr(at + wanted.size());
    if (behind.empty() || behind.front() < '0' || behind.front() > '9') return true;
  }
  return false;
}

bool excludes(std::string_view passage, std::string_view release) {
  const std::size_t only = passage.find(kOnly);
  if (only == std::string_view::npos) return false;
  const std::string_view told = passage.substr(only);
  return told.find(kUbuntu) != std::string_view::npos && !names_release(told, release);
}

}  // namespace

bool concerns_release(std::string_view description, std::string_view cve, std::string_view release) {
  bool is_excluded = false;
  std::size_t from = 0;
  while (true) {
    const std::size_t open = description.find('(', from);
    if (open == std::string_view::npos) return !is_excluded;
    const std::size_t close = description.find(')', open);
    const std::string_view names = description.substr(open, close == std::string_view::npos ? close : close - open);
    const std::vector<std::string_view> named = cves_in(names);
    if (std::ranges::find(named, cve) != named.end()) {
      if (!excludes(passage_before(description, open), release)) return true;
      is_excluded = true;
    }
    if (close == std::string_view::npos) return !is_excluded;
    from = close + 1;
  }
}

std::vector<std::string_view> cves_told_in(std::string_view description) {
  std::vector<std::string_view> told;
  for (std::size_t open = description.find('('); open != std::string_view::npos; open = description.find('(', open)) {
    const std::size_t close = std::min(description.find_first_of("()", open + 1), description.size());
    for (const std::string_view cve : cves_in(description.substr(open, close - open))) told.push_back(cve);
    open = close;
  }
  return told.empty() ? cves_in(description) : told;
}

std::string stream_of_title(std::string_view title) {
  std::string_view stream;
  while (!title.empty()) {
    const std::string_view word = title.substr(0, title.find(' '));
    title.remove_prefix(std::min(word.size() + 1, title.size()));
    const std::size_t colon = word.find(':');
    if (colon == std::string_view::npos || colon == 0 || word.ends_with(':') || word == stream) continue;
    if (!stream.empty()) return {};
    stream = word;
  }
  return std::string(stream);
}

}  // namespace scanner::advisories
