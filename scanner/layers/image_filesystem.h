// The merged image, as far as it matters: what the files that an extractor wants told, all symbolic links, and marks
// for what is recognised but unsupported. Layers are put upon each other as containerd does it on overlayfs. A file is
// read when it is added and its content let go, but for the few that may be wanted under another name: memory grows
// with what is told, not with the files of the image.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/layers/image_path.h"
#include "scanner/layers/layer_change.h"
#include "scanner/layers/limits.h"
#include "scanner/layers/path_filter.h"
#include "scanner/layers/selection.h"
#include "scanner/layers/warning_list.h"

namespace scanner::layers {

struct KeptFile {
  std::string path;  // by which it is wanted: its own, or that of a link that leads to it
  std::shared_ptr<const Extraction> extraction;
  std::string layer;  // digest
};

// Entries of one layer at a time, base first. Paths are normal (image_path.h) and not empty. Not thread-safe.
class ImageFilesystem {
 public:
  ImageFilesystem(const Selection& selection, const Limits& limits, WarningList& warnings);

  void begin_layer(std::string_view digest);
  void end_layer();

  // Where the runtime puts an entry of this path: links to directories that this layer made are followed, those of
  // lower layers are covered by a directory. Nowhere for a loop of links.
  [[nodiscard]] ResolvedPath place_entry(std::string_view path);
  // What all of this layer's entries cost so far (image_path.h); the same whatever lies below.
  [[nodiscard]] std::uint64_t layer_steps() const { return layer_steps_; }

  // Does what an entry at its place (see place_entry) does. A kept file for which there is no room becomes another one.
  void apply(LayerChange&& change);

  // Whether so many bytes may be kept now.
  [[nodiscard]] bool has_room_for(std::uint64_t bytes) const { return kept_bytes_ + bytes <= limits_.kept_bytes_max; }

  // The wanted files of the whole image in order of their paths. Adds warnings for what cannot be reached.
  [[nodiscard]] std::vector<KeptFile> wanted_files();

  struct Unsupported {
    std::string path;
    std::string_view kind;
  };
  // What is recognised but cannot be read yet, in order of the paths.
  [[nodiscard]] std::vector<Unsupported> unsupported_files() const;

  struct Program {
    std::string_view path;  // lives as long as nothing is applied
    std::uint64_t bytes = 0;
    bool is_told = false;  // its content told packages
  };
  // The ELF files of the whole image, in order of their paths.
  [[nodiscard]] std::vector<Program> programs() const;

 private:
  struct Node {
    std::shared_ptr<const Extraction> extraction;  // of a file that is wanted by this path
    std::uint64_t read_by = 0;                     // by whom; as Selection::wanted_by
    bool is_recognised = false;                    // the extraction came of the content: it counts wherever it lies
    std::shared_ptr<const std::string> content;    // of a file that may be wanted by another path
    std::optional<std::string> link_target;        // of a symbolic link
    std::string_view unsupported_kind;             // of what nobody can read yet; in unsupported_kinds_
    std::uint64_t program_bytes = 0;               // of an ELF file
    std::size_t kept_bytes = 0;                    // of extraction and content
    std::size_t layer = 0;
  };
  using Nodes = std::map<std::string, Node, PathLess>;

  void add_directory(const std::string& path);
  void add_read_file(const std::string& path, Extraction extraction);
  void add_kept_file(const std::string& path, std::string content);
  void add_other_file(LayerChange&& change);
  void add_symbolic_link(const std::string& path, std::string target);
  void add_hard_link(const std::string& path, const std::string& target);

  [[nodiscard]] Node read_node(const std::string& path, Extraction extraction) const;
  [[nodiscard]] Node node_of(const std::string& path, std::shared_ptr<const std::string> content) const;
  void enter_parent(std::string_view parent);
  void cover_lower(std::string_view directory);
  [[nodiscard]] ResolvedPath resolve_in_layer(std::string_view path, LastPart last_part);
  [[nodiscard]] ResolvedPath resolve_in_image(std::string_view path);
  [[nodiscard]] bool may_follow_more();
  void replace(const std::string& path);
  void hide_lower(const std::string& path);
  void hide_below(const std::string& path);
  void hide_node(Nodes::iterator node);  // of a lower layer
  void insert(const std::string& path, Node node);
  void erase_node(Nodes& nodes, Nodes::iterator node);
  // Both say whether there was anything below.
  bool erase_below(Nodes& nodes, const std::string& path);
  void erase_tree(Nodes& nodes, const std::string& path);
  [[nodiscard]] static bool has_below(const Nodes& nodes, const std::string& path);
  [[nodiscard]] FindLink links_of(const Nodes& nodes) const;

  void add_link_target(std::vector<KeptFile>& files, const std::string& path, std::uint64_t wanted_by);
  void add_fixed_directory(std::vector<KeptFile>& files, std::string_view directory);
  [[nodiscard]] KeptFile kept_file(const std::string& wanted_path, const Node& node);
  void warn_of_unread(std::string_view path, std::string_view what);

  const Selection& selection_;
  const Limits& limits_;
  WarningList& warnings_;
  std::set<std::string, std::less<>> unsupported_kinds_;
  Nodes lower_;    // what earlier layers left
  Nodes current_;  // what this layer made
  std::size_t current_links_ = 0;
  // What this layer hid of lower ones, and how: a node by itself, or what was below a directory. At most one for each
  // of their nodes and each directory above it.
  enum class Hiding { kItself, kOpaque, kReplaced };
  std::map<std::string, Hiding, PathLess> hidden_;
  std::vector<std::string> layers_;
  std::uint64_t kept_bytes_ = 0;
  PathFilter files_seen_;
  PathFilter directories_with_files_;
  std::string last_directory_with_files_ = "/";  // no normal path

  // Entries come directory by directory; what holds for the directory of the last one is remembered.
  std::optional<std::string> parent_;  // as the tar names it
  ResolvedPath placed_parent_;
  std::string covered_;  // the directory of this layer that was entered last: nothing of lower layers is in its way
  bool lower_below_parent_ = false;
  bool current_below_parent_ = false;
  std::uint64_t layer_steps_ = 0;
  std::uint64_t image_steps_ = 0;  // of links that are followed at the end
};

}  // namespace scanner::layers
