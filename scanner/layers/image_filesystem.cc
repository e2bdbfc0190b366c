#include "scanner/layers/image_filesystem.h"

#include <fmt/format.h>

#include <algorithm>

namespace scanner::layers {
namespace {

// As containerd's RootPath when it places entries, and as Linux (MAXSYMLINKS) when programs open files.
constexpr int kPlacingHopsMax = 255;
constexpr int kOpeningHopsMax = 40;

// A path on the way may be so much longer than one that a file can have.
constexpr std::size_t kWayFactor = 4;
// Content that is read once more, for another path that leads to it: by the slowest of what reads.
constexpr std::uint64_t kReadBytesOfStep = 8;
// What a node takes with a path and a target as they mostly are.
constexpr std::size_t kNodeTextBytes = 200;

bool is_below(std::string_view path, std::string_view directory) {
  return directory.empty() ||
         (path.size() > directory.size() && path.starts_with(directory) && path[directory.size()] == '/');
}

// Memory that it takes, its short texts counted twice.
std::size_t bytes_of(const Extraction& extraction) {
  std::size_t bytes = sizeof extraction;
  for (const Package& package : extraction.packages) {
    bytes += sizeof package;
    for (const std::string* text :
         {&package.type, &package.name, &package.version, &package.source, &package.source_version,
          &package.architecture, &package.module, &package.purl, &package.path, &package.found_by}) {
      bytes += text->size();
    }
  }
  for (const ScanWarning& warning : extraction.warnings) {
    bytes += sizeof warning + warning.path.size() + warning.message.size();
  }
  for (const std::string& path : extraction.owned_files) bytes += sizeof path + path.size();
  return bytes;
}

}  // namespace

ImageFilesystem::ImageFilesystem(const Selection& selection, const Limits& limits, WarningList& warnings)
    : selection_(selection), limits_(limits), warnings_(warnings) {}

void ImageFilesystem::begin_layer(std::string_view digest) {
  layers_.emplace_back(digest);
  parent_.reset();
  covered_.clear();
  hidden_.clear();
  layer_steps_ = 0;
  current_links_ = 0;
}

void ImageFilesystem::end_layer() {
  // What this layer covers was erased as its entries came, so no path is in both.
  lower_.merge(current_);
  current_.clear();
}

ResolvedPath ImageFilesystem::place_entry(std::string_view path) {
  const std::string_view parent = parent_of(path);
  if (!parent_ || *parent_ != parent) enter_parent(parent);
  if (!placed_parent_.path) return placed_parent_;
  if (*placed_parent_.path == parent) return {.path = std::string(path)};
  return {.path = join_path(*placed_parent_.path, base_of(path))};
}

void ImageFilesystem::enter_parent(std::string_view parent) {
  parent_ = parent;
  placed_parent_ =
      current_links_ == 0 ? ResolvedPath{.path = std::string(parent)} : resolve_in_layer(parent, LastPart::kFollow);
  if (!placed_parent_.path) return;
  const std::string& placed = *placed_parent_.path;
  cover_lower(placed);
  lower_below_parent_ = has_below(lower_, placed);
  current_below_parent_ = has_below(current_, placed);
}

// Every directory on the way covers a file or link that a lower layer has in its place. What is above the directory
// that was entered last, too, is covered already: entries come directory by directory.
void ImageFilesystem::cover_lower(std::string_view directory) {
  const std::size_t covered = common_directory_bytes(directory, covered_);
  for (std::string_view ancestor = directory; ancestor.size() > covered; ancestor = parent_of(ancestor)) {
    layer_steps_ += steps_of_lookup(ancestor.size());
    if (lower_.empty()) continue;
    if (const auto node = lower_.find(ancestor); node != lower_.end()) hide_node(node);
  }
  covered_ = directory;
}

ResolvedPath ImageFilesystem::resolve_in_layer(std::string_view path, LastPart last_part) {
  return resolve_path(path, links_of(current_), last_part,
                      {.hops_max = kPlacingHopsMax, .bytes_max = kWayFactor * limits_.path_bytes_max}, layer_steps_);
}

ResolvedPath ImageFilesystem::resolve_in_image(std::string_view path) {
  return resolve_path(path, links_of(lower_), LastPart::kFollow,
                      {.hops_max = kOpeningHopsMax, .bytes_max = kWayFactor * limits_.path_bytes_max}, image_steps_);
}

bool ImageFilesystem::may_follow_more() {
  if (image_steps_ <= limits_.path_steps_max) return true;
  warnings_.add(
      "LimitExceeded", {},
      fmt::format("links to wanted files cost more than {} steps; the rest was not followed", limits_.path_steps_max));
  return false;
}

void ImageFilesystem::apply(LayerChange&& change) {
  switch (change.kind) {
    case LayerChange::Kind::kDirectory:
      return add_directory(change.path);
    case LayerChange::Kind::kOtherFile:
      return add_other_file(std::move(change));
    case LayerChange::Kind::kReadFile:
      return add_read_file(change.path, *std::move(change.extraction));
    case LayerChange::Kind::kKeptFile:
      return add_kept_file(change.path, std::move(change.text));
    case LayerChange::Kind::kSymbolicLink:
      return add_symbolic_link(change.path, std::move(change.text));
    case LayerChange::Kind::kHardLink:
      return add_hard_link(change.path, change.text);
    case LayerChange::Kind::kRemoval:
      return hide_lower(change.path);
    case LayerChange::Kind::kOpaque:
      return hide_below(std::string(parent_of(change.path)));
    case LayerChange::Kind::kNothing:
      return;
  }
}

// A directory that takes the place of a whiteout, or of what was no directory, hides nothing on overlayfs: of a layer
// only what is there at its end counts. Where files are deleted as the entries come, they stay hidden.
void ImageFilesystem::add_directory(const std::string& path) {
  if (const auto hiding = hidden_.find(path); hiding != hidden_.end() && hiding->second == Hiding::kReplaced) {
    warnings_.add("CorruptLayer", path,
                  "a directory in the place of what hid one in the same layer, which runtimes unpack differently; what "
                  "lower layers have in it was not read");
  }
  if (const auto node = lower_.find(path); node != lower_.end()) hide_node(node);
  if (const auto node = current_.find(path); node != current_.end()) erase_node(current_, node);
}

void ImageFilesystem::add_read_file(const std::string& path, Extraction extraction) {
  replace(path);
  insert(path, read_node(path, std::move(extraction)));
}

void ImageFilesystem::add_kept_file(const std::string& path, std::string content) {
  if (!has_room_for(content.size())) return add_other_file({.kind = LayerChange::Kind::kOtherFile, .path = path});
  replace(path);
  content.shrink_to_fit();
  insert(path, node_of(path, std::make_shared<const std::string>(std::move(content))));
}

ImageFilesystem::Node ImageFilesystem::read_node(const std::string& path, Extraction extraction) const {
  Node node;
  node.read_by = selection_.wanted_by(path);
  node.extraction = std::make_shared<const Extraction>(std::move(extraction));
  node.kept_bytes = bytes_of(*node.extraction);
  return node;
}

// By a path that somebody wants it is read, by another its content is kept.
ImageFilesystem::Node ImageFilesystem::node_of(const std::string& path,
                                               std::shared_ptr<const std::string> content) const {
  if (selection_.wanted_by(path) != 0) return read_node(path, selection_.read(path, *content));
  Node node;
  node.kept_bytes = content->size();
  node.content = std::move(content);
  return node;
}

// Most files tell nothing: of them there is no node.
void ImageFilesystem::add_other_file(LayerChange&& change) {
  const std::string& path = change.path;
  replace(path);
  files_seen_.add(path);
  // Files come directory by directory: the filter need not hear of each.
  if (const std::string_view parent = parent_of(path); parent != last_directory_with_files_) {
    directories_with_files_.add(parent);
    last_directory_with_files_ = parent;
  }
  std::string_view kind = change.unsupported_kind;
  if (kind.empty()) kind = selection_.unsupported_kind(path);
  if (!change.extraction && kind.empty() && change.program_bytes == 0) return;
  Node node;
  node.program_bytes = change.program_bytes;
  if (!kind.empty()) node.unsupported_kind = *unsupported_kinds_.emplace(kind).first;
  if (change.extraction) {
    node.is_recognised = true;
    node.kept_bytes = bytes_of(*change.extraction);
    node.extraction = std::make_shared<const Extraction>(*std::move(change.extraction));
  }
  insert(path, std::move(node));
}

void ImageFilesystem::add_symbolic_link(const std::string& path, std::string target) {
  replace(path);
  Node node;
  node.link_target = std::move(target);
  insert(path, std::move(node));
}

void ImageFilesystem::add_hard_link(const std::string& path, const std::string& target) {
  const std::optional<std::string> placed_target =
      current_links_ == 0 ? target : resolve_in_layer(target, LastPart::kKeep).path;
  const auto found = placed_target ? current_.find(*placed_target) : current_.end();
  const Node target_node = found == current_.end() ? Node{} : found->second;
  const bool read = (selection_.wanted_by(path) & ~target_node.read_by) == 0;
  if (target_node.content) {
    layer_steps_ += target_node.content->size() / kReadBytesOfStep;
    replace(path);
    insert(path, node_of(path, target_node.content));
  } else if (target_node.link_target || ((target_node.extraction || target_node.program_bytes != 0) && read)) {
    replace(path);
    insert(path, target_node);
  } else {
    add_other_file({.kind = LayerChange::Kind::kOtherFile, .path = path});
    if (!read) warn_of_unread(path, "a hard link to a file that was not kept");
  }
}

// A file, link or device takes the place of whatever was there, a directory with all below it included.
void ImageFilesystem::replace(const std::string& path) {
  if (lower_below_parent_ || !hidden_.empty()) hide_lower(path);
  if (current_below_parent_) erase_tree(current_, path);
}

// What was hidden within it goes with what hid it: a whiteout, an opaque mark, another file.
void ImageFilesystem::hide_lower(const std::string& path) {
  auto known = hidden_.lower_bound(path);
  if (known != hidden_.end() && known->first == path && known->second == Hiding::kItself) ++known;
  const bool is_known = known != hidden_.end() && (known->first == path || is_below(known->first, path));
  if (erase_below(lower_, path) || is_known) hidden_.insert_or_assign(path, Hiding::kReplaced);
  if (const auto node = lower_.find(path); node != lower_.end()) hide_node(node);
}

void ImageFilesystem::hide_node(Nodes::iterator node) {
  hidden_.try_emplace(node->first, Hiding::kItself);
  erase_node(lower_, node);
}

void ImageFilesystem::hide_below(const std::string& path) {
  if (erase_below(lower_, path)) hidden_.try_emplace(path, Hiding::kOpaque);
}

void ImageFilesystem::insert(const std::string& path, Node node) {
  if (lower_.size() + current_.size() >= limits_.kept_nodes_max) {
    warnings_.add("LimitExceeded", path,
                  fmt::format("more than {} links and wanted files; the rest is ignored", limits_.kept_nodes_max));
    return;
  }
  const std::size_t text_bytes = path.size() + (node.link_target ? node.link_target->size() : 0);
  node.kept_bytes += text_bytes - std::min(text_bytes, kNodeTextBytes);
  if (!has_room_for(node.kept_bytes)) {
    warnings_.add(
        "LimitExceeded", path,
        fmt::format("more than {} bytes of packages and kept files; the rest is ignored", limits_.kept_bytes_max));
    return;
  }
  node.layer = layers_.size() - 1;
  kept_bytes_ += node.kept_bytes;
  if (node.link_target) ++current_links_;
  current_below_parent_ = true;
  current_.insert_or_assign(path, std::move(node));
}

void ImageFilesystem::erase_node(Nodes& nodes, Nodes::iterator node) {
  kept_bytes_ -= node->second.kept_bytes;
  nodes.erase(node);
}

bool ImageFilesystem::erase_below(Nodes& nodes, const std::string& path) {
  auto node = nodes.upper_bound(path);
  const bool is_any = node != nodes.end() && is_below(node->first, path);
  while (node != nodes.end() && is_below(node->first, path)) erase_node(nodes, node++);
  return is_any;
}

void ImageFilesystem::erase_tree(Nodes& nodes, const std::string& path) {
  static_cast<void>(erase_below(nodes, path));
  if (const auto node = nodes.find(path); node != nodes.end()) erase_node(nodes, node);
}

bool ImageFilesystem::has_below(const Nodes& nodes, const std::string& path) {
  const auto node = nodes.upper_bound(path);
  return node != nodes.end() && is_below(node->first, path);
}

FindLink ImageFilesystem::links_of(const Nodes& nodes) const {
  return [&nodes](std::string_view path) -> const std::string* {
    const auto node = nodes.find(path);
    return node != nodes.end() && node->second.link_target ? &*node->second.link_target : nullptr;
  };
}

std::vector<KeptFile> ImageFilesystem::wanted_files() {
  std::vector<KeptFile> files;
  for (const auto& [path, node] : lower_) {
    const std::uint64_t wanted_by = selection_.wanted_by(path);
    if (wanted_by == 0 && !node.is_recognised) continue;
    if (node.extraction) files.push_back(kept_file(path, node));
    if (node.link_target) add_link_target(files, path, wanted_by);
  }
  for (const std::string_view path : selection_.fixed_paths()) {
    // A link of this very name was followed above.
    if (lower_.find(path) == lower_.end()) add_link_target(files, std::string(path), selection_.wanted_by(path));
  }
  for (const std::string_view directory : selection_.fixed_directories()) add_fixed_directory(files, directory);
  std::sort(files.begin(), files.end(),
            [](const KeptFile& left, const KeptFile& right) { return left.path < right.path; });
  return files;
}

// A file that was read under its own name by all who want it is not handed out again.
void ImageFilesystem::add_link_target(std::vector<KeptFile>& files, const std::string& path, std::uint64_t wanted_by) {
  if (!may_follow_more()) return;
  const auto [target, is_too_long] = resolve_in_image(path);
  if (is_too_long) return warn_of_unread(path, "a link by a path that is too long");
  if (!target || *target == path) return;  // opens nothing in a running container, either
  const auto node = lower_.find(*target);
  if (node != lower_.end() && node->second.content) {
    files.push_back(kept_file(path, node->second));
  } else if (node != lower_.end() && node->second.extraction) {
    if ((wanted_by & ~node->second.read_by) != 0) warn_of_unread(path, "a link to a file of another kind");
  } else if (files_seen_.may_contain(*target)) {
    warn_of_unread(path, "a link to a file that was not kept");
  }
}

void ImageFilesystem::add_fixed_directory(std::vector<KeptFile>& files, std::string_view directory) {
  if (!may_follow_more()) return;
  const auto [target, is_too_long] = resolve_in_image(directory);
  if (is_too_long) return warn_of_unread(directory, "a link by a path that is too long");
  if (!target || *target == directory) return;
  const std::size_t above = target->empty() ? 0 : target->size() + 1;  // of the root there is no slash
  for (auto node = lower_.upper_bound(*target); node != lower_.end() && is_below(node->first, *target); ++node) {
    if (!node->second.content) continue;
    const std::string path = join_path(directory, std::string_view(node->first).substr(above));
    if (selection_.wanted_by(path) != 0) files.push_back(kept_file(path, node->second));
  }
  // Under another name some of its files may have been kept for theirs, and others not.
  if (directories_with_files_.may_contain(*target)) {
    warnings_.add("Unreadable", directory, "a link to a directory whose files were not kept; they were not read");
  }
}

std::vector<ImageFilesystem::Unsupported> ImageFilesystem::unsupported_files() const {
  std::vector<Unsupported> found;
  for (const auto& [path, node] : lower_) {
    if (!node.unsupported_kind.empty()) found.push_back({.path = path, .kind = node.unsupported_kind});
  }
  return found;
}

std::vector<ImageFilesystem::Program> ImageFilesystem::programs() const {
  std::vector<Program> found;
  for (const auto& [path, node] : lower_) {
    if (node.program_bytes == 0) continue;
    found.push_back({.path = path,
                     .bytes = node.program_bytes,
                     .is_told = node.extraction != nullptr && !node.extraction->packages.empty()});
  }
  return found;
}

KeptFile ImageFilesystem::kept_file(const std::string& wanted_path, const Node& node) {
  if (!node.extraction) image_steps_ += node.content->size() / kReadBytesOfStep;
  const auto extraction = node.extraction ? node.extraction : node_of(wanted_path, node.content).extraction;
  return {.path = wanted_path, .extraction = extraction, .layer = layers_[node.layer]};
}

void ImageFilesystem::warn_of_unread(std::string_view path, std::string_view what) {
  warnings_.add("Unreadable", path, fmt::format("{}; its content was not read", what));
}

}  // namespace scanner::layers
