// Paths inside an image: never host paths, never opened. Normal form: no leading or trailing slash, no empty part, no
// "." and no "..".
#pragma once

#include <cstddef>
#include <cstdint>
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

struct PathBounds {
  int hops_max = 0;           // links on the way
  std::size_t bytes_max = 0;  // of what was walked, with what a link puts before the rest
};

struct ResolvedPath {
  std::optional<std::string> path;  // nullopt: more links than `hops_max`, or what follows
  bool is_too_long = false;         // past `bytes_max`
  bool operator==(const ResolvedPath&) const = default;
};

// Follows symbolic links as a process whose root directory is the image would: ".." stops at the root. Names that do
// not exist are kept as they are. Adds to `steps` what it cost: some tenths of a microsecond each.
[[nodiscard]] ResolvedPath resolve_path(std::string_view path, const FindLink& find_link, LastPart last_part,
                                        const PathBounds& bounds, std::uint64_t& steps);

// What it costs to look up a name of this length.
[[nodiscard]] std::uint64_t steps_of_lookup(std::size_t path_bytes);

// Whether more than so many directories are above a file of this path.
[[nodiscard]] bool is_deeper_than(std::string_view path, std::uint64_t directories);
// How many bytes they begin with are the same.
[[nodiscard]] std::size_t common_bytes(std::string_view left, std::string_view right);
// The length of the path of the deepest directory that is above both or is one of them; 0: the root.
[[nodiscard]] std::size_t common_directory_bytes(std::string_view left, std::string_view right);

}  // namespace scanner::layers
