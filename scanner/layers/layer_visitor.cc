#include "scanner/layers/layer_visitor.h"

#include <fmt/format.h>

#include "base/error.h"
#include "scanner/layers/layer_record.h"

namespace scanner::layers {
namespace {

// OCI image specification, layer.md, "Whiteouts". Names that begin with ".wh..wh." are AUFS's own records; runtimes
// ignore all but the opaque mark.
constexpr std::string_view kWhiteoutPrefix = ".wh.";
constexpr std::string_view kWhiteoutRecordPrefix = ".wh..wh.";
constexpr std::string_view kOpaqueMark = ".wh..wh..opq";

// Of one that is too long.
constexpr std::size_t kPathBytesShown = 64;

}  // namespace

void LayerVisitor::on_entry(const base::TarEntry& entry) {
  content_ = Content::kIgnore;
  if (++image_.tally.entries > image_.limits.entries_max) {
    throw base::LimitExceeded(too_many_entries(image_.limits));
  }
  if (entry.path.size() > image_.limits.path_bytes_max || entry.link_target.size() > image_.limits.path_bytes_max) {
    past_limit();
    image_.warnings.add("LimitExceeded", entry.path.substr(0, kPathBytesShown),
                        fmt::format("a path longer than {} bytes; ignored", image_.limits.path_bytes_max));
    return;
  }
  const std::optional<std::string> path = normal_path(entry.path);
  if (!path) {
    image_.warnings.add("CorruptLayer", entry.path, "a path that leads out of the image; ignored");
    return;
  }
  if (path->empty()) return;  // the root directory itself
  const ResolvedPath placed = image_.filesystem.place_entry(*path);
  if (image_.filesystem.layer_steps() > image_.limits.path_steps_max) {
    throw base::LimitExceeded(fmt::format("directories and links on the way of its files cost more than {} steps",
                                          image_.limits.path_steps_max));
  }
  if (!placed.path) return warn_of_way(*path, placed);
  if (is_within_limits(*placed.path)) place(entry, *placed.path);
}

void LayerVisitor::warn_of_way(const std::string& path, const ResolvedPath& placed) {
  if (placed.is_too_long) {
    past_limit();
    image_.warnings.add("LimitExceeded", path.substr(0, kPathBytesShown),
                        "a path through links that is too long; ignored");
  } else {
    image_.warnings.add("CorruptLayer", path, "a path through a loop of links; ignored");
  }
}

// What is ignored makes the directories above it all the same.
bool LayerVisitor::is_within_limits(const std::string& path) {
  const Limits& limits = image_.limits;
  const bool is_long = path.size() > limits.path_bytes_max;
  if (!is_long && depth_of(path) <= limits.depth_max) return true;
  past_limit();
  image_.warnings.add("LimitExceeded", path.substr(0, kPathBytesShown),
                      is_long ? fmt::format("a path longer than {} bytes; ignored", limits.path_bytes_max)
                              : fmt::format("below more than {} directories; ignored", limits.depth_max));
  change({.kind = LayerChange::Kind::kNothing, .path = path});
  return false;
}

void LayerVisitor::place(const base::TarEntry& entry, const std::string& path) {
  if (place_whiteout(path)) return;
  path_ = path;
  switch (entry.kind) {
    case base::EntryKind::kFile:
      return place_file(entry);
    case base::EntryKind::kDirectory:
      return change({.kind = LayerChange::Kind::kDirectory, .path = path});
    case base::EntryKind::kSymbolicLink:
      return change({.kind = LayerChange::Kind::kSymbolicLink, .path = path, .text = std::string(entry.link_target)});
    case base::EntryKind::kHardLink:
      return place_hard_link(entry);
    case base::EntryKind::kDevice:
      return change({.kind = LayerChange::Kind::kOtherFile, .path = path});
    case base::EntryKind::kSparseFile:
    case base::EntryKind::kUnknown:
      change({.kind = LayerChange::Kind::kOtherFile, .path = path});
      if (image_.selection.wanted_by(path) != 0 || image_.selection.may_be_wanted(path)) {
        image_.warnings.add("Unsupported", path,
                            "stored as a sparse file or of an unknown kind; its content was not read");
      }
      return;
  }
}

bool LayerVisitor::place_whiteout(const std::string& path) {
  const std::string_view base = base_of(path);
  if (!base.starts_with(kWhiteoutPrefix)) return false;
  if (base == kOpaqueMark) {
    place_opaque_mark(path);
  } else if (base.starts_with(kWhiteoutRecordPrefix)) {
    change({.kind = LayerChange::Kind::kNothing, .path = path});
  } else {
    place_removal(path, base.substr(kWhiteoutPrefix.size()));
  }
  return true;
}

// The kernel looks up what is in an image's root in every layer, whatever that is marked as: on overlayfs nothing is
// hidden. Where files are deleted instead, everything below is.
void LayerVisitor::place_opaque_mark(const std::string& path) {
  if (!parent_of(path).empty()) return change({.kind = LayerChange::Kind::kOpaque, .path = path});
  image_.warnings.add("CorruptLayer", path, "an opaque root, which runtimes unpack differently; nothing was hidden");
  change({.kind = LayerChange::Kind::kNothing, .path = path});
}

void LayerVisitor::place_removal(const std::string& path, std::string_view removed) {
  if (removed.empty() || removed == "." || removed == "..") {
    image_.warnings.add("CorruptLayer", path, "a whiteout of nothing; ignored");
    change({.kind = LayerChange::Kind::kNothing, .path = path});
  } else {
    change({.kind = LayerChange::Kind::kRemoval, .path = join_path(parent_of(path), removed)});
  }
}

void LayerVisitor::place_file(const base::TarEntry& entry) {
  const bool wanted = image_.selection.wanted_by(path_) != 0;
  if (!wanted && !image_.selection.may_be_wanted(path_)) {
    content_ = Content::kRecognise;
    bytes_ = entry.size;
    recogniser_.reset(image_.selection.text_mark(path_));
    return;
  }
  if (entry.size > image_.limits.kept_file_bytes_max || (!wanted && !image_.filesystem.has_room_for(entry.size))) {
    change({.kind = LayerChange::Kind::kOtherFile, .path = path_});
    past_limit();
    if (wanted) {
      image_.warnings.add(
          "LimitExceeded", path_,
          fmt::format("larger than {} bytes; its content was not read", image_.limits.kept_file_bytes_max));
    }
    return;
  }
  content_ = Content::kKeep;
  kept_.clear();
  kept_.reserve(entry.size);  // a string that grows takes up to three times its size
}

void LayerVisitor::place_hard_link(const base::TarEntry& entry) {
  const std::optional<std::string> target = normal_path(entry.link_target);
  if (!target) {
    image_.warnings.add("CorruptLayer", path_, "a hard link that leads out of the image; ignored");
    change({.kind = LayerChange::Kind::kNothing, .path = path_});
    return;
  }
  change({.kind = LayerChange::Kind::kHardLink, .path = path_, .text = *target});
}

void LayerVisitor::on_content(std::span<const std::byte> bytes) {
  if (content_ == Content::kKeep) {
    kept_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  } else if (content_ == Content::kRecognise && !recogniser_.feed(bytes)) {
    finish_recognising();
  }
}

void LayerVisitor::on_entry_end() {
  if (content_ == Content::kKeep) {
    keep_content();
  } else if (content_ == Content::kRecognise) {
    finish_recognising();
  }
  content_ = Content::kIgnore;
}

void LayerVisitor::keep_content() {
  if (const std::uint64_t readers = image_.selection.wanted_by(path_); readers != 0) {
    note_readers(readers);
    change({.kind = LayerChange::Kind::kReadFile, .path = path_, .extraction = image_.selection.read(path_, kept_)});
  } else {
    change({.kind = LayerChange::Kind::kKeptFile, .path = path_, .text = std::move(kept_)});
  }
  kept_ = std::string();  // which, unlike {}, gives the memory back
}

void LayerVisitor::finish_recognising() {
  content_ = Content::kIgnore;
  recogniser_.finish();
  rust_tries_ += recogniser_.rust_tries();
  if (rust_tries_ > RustDependencies::kTriesOfLayerMax) {
    throw base::LimitExceeded(
        fmt::format("programs with more than {} marks of a Rust program", RustDependencies::kTriesOfLayerMax));
  }
  LayerChange file{.kind = LayerChange::Kind::kOtherFile,
                   .path = path_,
                   .unsupported_kind = std::string(recogniser_.unsupported_kind()),
                   .program_bytes = recogniser_.is_elf() ? bytes_ : 0};
  if (!recogniser_.go_build_info().empty()) {
    read_content(kGoBuildInfoKind, recogniser_.go_build_info(), file);
  } else if (!recogniser_.rust_dependencies().empty()) {
    read_content(kRustDependenciesKind, recogniser_.rust_dependencies(), file);
  } else if (!recogniser_.dotnet_libraries().empty()) {
    read_content(kDotnetLibrariesKind, recogniser_.dotnet_libraries(), file);
  } else if (!recogniser_.program_text().empty()) {
    read_content(kProgramTextKind, recogniser_.program_text(), file);
  }
  change(std::move(file));
}

void LayerVisitor::read_content(std::string_view kind, std::string_view content, LayerChange& file) {
  note_readers(image_.selection.readers_of(kind));
  file.extraction = image_.selection.read_content(kind, path_, content);
}

void LayerVisitor::past_limit() {
  if (recorder_ != nullptr) recorder_->mark_partial();
}

void LayerVisitor::note_readers(std::uint64_t extractors) {
  if (recorder_ != nullptr) recorder_->note_readers(extractors);
}

void LayerVisitor::change(LayerChange change) {
  if (recorder_ != nullptr) recorder_->add(change);
  image_.filesystem.apply(std::move(change));
}

}  // namespace scanner::layers
