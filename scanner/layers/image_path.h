// Paths inside an image: never host paths, never opened. Normal form: no leading or trailing slash, no empty part, no
// "." and no "..".
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace scanner::layers {

// The normal form of a tar entry's name; the root is the empty path. nullopt when ".." leads out of the image or the
// name holds a NUL.
[[nodiscard]] std::optional<std::string> normal_path(std::string_view name);

// "a/b" of "a/b/c", empty of "a".
[[nodiscard]] std::string_view parent_of(std::string_view path);
// "c" of "a/b/c".
[[nodiscard]] std::string_view base_of(std::string_view path);
[[nodiscard]] std::string join_path(std::string_view parent, std::string_view base);

// Orders paths so that everything below a directory directly follows it ('/' sorts first).
struct PathLess {
  using is_transparent = void;
  [[nodiscard]] bool operator()(std::string_view left, std::string_view right) const;
};

// The target of the symbolic link at this path, or nullptr when there is none.
using FindLink = std::function<const std::string*(std::string_view path)>;

enum class LastPart { kFollow, kKeep };

// Follows symbolic links as a process whose root directory is the image would: ".." stops at the root. nullopt after
// `hops_max` links. Names that do not exist are kept as they are.
[[nodiscard]] std::optional<std::string> resolve_path(std::string_view path, const FindLink& find_link,
                                                      LastPart last_part, int hops_max);

}  // namespace scanner::layers
