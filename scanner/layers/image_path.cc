#include "scanner/layers/image_path.h"

#include <algorithm>
#include <cstring>

namespace scanner::layers {
namespace {

// As path.rfind('/'), which goes byte by byte.
std::size_t last_slash(std::string_view path) {
  if (path.empty()) return std::string_view::npos;
  const void* const slash = memrchr(path.data(), '/', path.size());
  return slash == nullptr ? std::string_view::npos
                          : static_cast<std::size_t>(static_cast<const char*>(slash) - path.data());
}

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

// Whether every part is one that a normal path has.
bool is_normal(std::string_view name) {
  for (std::size_t at = 0;;) {
    if (at == name.size() || name[at] == '/' || name[at] == '.') return false;  // ".profile" has its turn below
    const std::size_t slash = name.find('/', at);
    if (slash == std::string_view::npos) return true;
    at = slash + 1;
  }
}

}  // namespace

std::optional<std::string> normal_path(std::string_view name) {
  if (name.find('\0') != std::string_view::npos) return std::nullopt;
  if (name.starts_with("./")) name.remove_prefix(2);
  if (is_normal(name)) return std::string(name);
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
  const std::size_t slash = last_slash(path);
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

std::string_view base_of(std::string_view path) {
  const std::size_t slash = last_slash(path);
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::string join_path(std::string_view parent, std::string_view base) {
  std::string path;
  path.reserve(parent.size() + 1 + base.size());
  path = parent;
  append_part(path, base);
  return path;
}

bool PathLess::operator()(std::string_view left, std::string_view right) const {
  const std::size_t at = common_bytes(left, right);
  if (at == right.size()) return false;
  if (at == left.size()) return true;
  if (left[at] == '/' || right[at] == '/') return left[at] == '/';
  return static_cast<unsigned char>(left[at]) < static_cast<unsigned char>(right[at]);
}

std::uint64_t steps_of_lookup(std::size_t path_bytes) {
  constexpr std::size_t kBytesOfStep = 256;
  return 1 + path_bytes / kBytesOfStep;
}

// Each directory has a name of a byte at least, and a slash: most paths need no count.
bool is_deeper_than(std::string_view path, std::uint64_t directories) {
  return path.size() / 2 > directories && static_cast<std::uint64_t>(std::ranges::count(path, '/')) > directories;
}

// Long paths that differ at their end are what costs in a map of them, so that they are compared by words.
std::size_t common_bytes(std::string_view left, std::string_view right) {
  const std::size_t size = std::min(left.size(), right.size());
  std::size_t at = 0;
  for (; size - at >= sizeof(std::uint64_t); at += sizeof(std::uint64_t)) {
    if (std::memcmp(left.data() + at, right.data() + at, sizeof(std::uint64_t)) != 0) break;
  }
  while (at < size && left[at] == right[at]) ++at;
  return at;
}

std::size_t common_directory_bytes(std::string_view left, std::string_view right) {
  const std::size_t common = common_bytes(left, right);
  const auto ends_part = [common](std::string_view path) { return common == path.size() || path[common] == '/'; };
  if (ends_part(left) && ends_part(right)) return common;
  return parent_of(left.substr(0, common)).size();
}

ResolvedPath resolve_path(std::string_view path, const FindLink& find_link, LastPart last_part,
                          const PathBounds& bounds, std::uint64_t& steps) {
  constexpr std::size_t kWalkedBytesOfStep = 16;
  int hops_left = bounds.hops_max;
  std::string resolved;
  std::string pending(path);
  std::string_view rest = pending;
  steps += pending.size() / kWalkedBytesOfStep;
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
    steps += steps_of_lookup(resolved.size());
    const std::string* const target = find_link(resolved);
    if (target == nullptr) continue;
    if (hops_left-- == 0) return {};
    resolved.resize(target->starts_with('/') ? 0 : parent_of(resolved).size());
    if (resolved.size() + target->size() + 1 + rest.size() > bounds.bytes_max) return {.path = {}, .is_too_long = true};
    pending = *target + "/" + std::string(rest);
    rest = pending;
    steps += pending.size() / kWalkedBytesOfStep;
  }
  return {.path = std::move(resolved)};
}

}  // namespace scanner::layers
