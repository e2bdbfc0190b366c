#include "scanner/layers/image_path.h"

#include <algorithm>

namespace scanner::layers {
namespace {

// Removes and returns the first part of `rest`.
std::string_view take_part(std::string_view& rest) {
  const std::size_t slash = rest.find('/');
  const std::string_view part = rest.substr(0, slash);
  rest.remove_prefix(slash == std::string_view::npos ? rest.size() : slash + 1);
  return part;
}

void append_part(std::string& path, std::string_view part) {
  if (!path.empty()) path += '/';
  path += part;
}

}  // namespace

std::optional<std::string> normal_path(std::string_view name) {
  if (name.find('\0') != std::string_view::npos) return std::nullopt;
  std::string path;
  path.reserve(name.size());
  while (!name.empty()) {
    const std::string_view part = take_part(name);
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      if (path.empty()) return std::nullopt;
      path.resize(parent_of(path).size());
    } else {
      append_part(path, part);
    }
  }
  return path;
}

std::string_view parent_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

std::string_view base_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::string join_path(std::string_view parent, std::string_view base) {
  std::string path(parent);
  append_part(path, base);
  return path;
}

bool PathLess::operator()(std::string_view left, std::string_view right) const {
  const auto [l, r] = std::mismatch(left.begin(), left.end(), right.begin(), right.end());
  if (r == right.end()) return false;
  if (l == left.end()) return true;
  if (*l == '/' || *r == '/') return *l == '/';
  return static_cast<unsigned char>(*l) < static_cast<unsigned char>(*r);
}

std::optional<std::string> resolve_path(std::string_view path, const FindLink& find_link, LastPart last_part,
                                        int hops_max) {
  std::string resolved;
  std::string pending(path);
  std::string_view rest = pending;
  while (!rest.empty()) {
    const std::string_view part = take_part(rest);
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      resolved.resize(parent_of(resolved).size());
      continue;
    }
    append_part(resolved, part);
    const bool is_last = rest.find_first_not_of('/') == std::string_view::npos;
    if (is_last && last_part == LastPart::kKeep) continue;
    const std::string* const target = find_link(resolved);
    if (target == nullptr) continue;
    if (hops_max-- == 0) return std::nullopt;
    resolved.resize(target->starts_with('/') ? 0 : parent_of(resolved).size());
    pending = *target + "/" + std::string(rest);
    rest = pending;
  }
  return resolved;
}

}  // namespace scanner::layers
