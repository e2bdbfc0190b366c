#include "scanner/layers/layer_visitor.h"

#include <fmt/format.h>

#include "base/error.h"

namespace scanner::layers {
namespace {

// OCI image specification, layer.md, "Whiteouts". Names that begin with ".wh..wh." are AUFS's own records; runtimes
// ignore all but the opaque mark.
constexpr std::string_view kWhiteoutPrefix = ".wh.";
constexpr std::string_view kWhiteoutRecordPrefix = ".wh..wh.";
constexpr std::string_view kOpaqueMark = ".wh..wh..opq";

}  // namespace

LayerVisitor::LayerVisitor(ImageFilesystem& image, const Selection& selection, const Limits& limits,
                           WarningList& warnings, ImageTally& tally)
    : image_(image), selection_(selection), limits_(limits), warnings_(warnings), tally_(tally) {}

void LayerVisitor::on_entry(const base::TarEntry& entry) {
  content_ = Content::kIgnore;
  if (++tally_.entries > limits_.entries_max) {
    throw base::LimitExceeded(fmt::format("more than {} files in the image", limits_.entries_max));
  }
  if (entry.path.size() > limits_.path_bytes_max || entry.link_target.size() > limits_.path_bytes_max) {
    warnings_.add("LimitExceeded", entry.path.substr(0, 64),
                  fmt::format("a path longer than {} bytes; ignored", limits_.path_bytes_max));
    return;
  }
  const std::optional<std::string> path = normal_path(entry.path);
  if (!path) {
    warnings_.add("CorruptLayer", entry.path, "a path that leads out of the image; ignored");
    return;
  }
  if (path->empty()) return;  // the root directory itself
  const std::optional<std::string> placed = image_.place_entry(*path);
  if (!placed) {
    warnings_.add("CorruptLayer", *path, "a path through a loop of links; ignored");
    return;
  }
  place(entry, *placed);
}

void LayerVisitor::place(const base::TarEntry& entry, const std::string& path) {
  if (place_whiteout(path)) return;
  path_ = path;
  switch (entry.kind) {
    case base::EntryKind::kFile:
      return place_file(entry);
    case base::EntryKind::kDirectory:
      return image_.add_directory(path);
    case base::EntryKind::kSymbolicLink:
      return image_.add_symbolic_link(path, entry.link_target);
    case base::EntryKind::kHardLink:
      return place_hard_link(entry);
    case base::EntryKind::kDevice:
      return image_.add_other_file(path);
    case base::EntryKind::kSparseFile:
    case base::EntryKind::kUnknown:
      image_.add_other_file(path);
      if (selection_.wanted_by(path) != 0 || selection_.may_be_wanted(path)) {
        warnings_.add("Unsupported", path, "stored as a sparse file or of an unknown kind; its content was not read");
      }
      return;
  }
}

bool LayerVisitor::place_whiteout(const std::string& path) {
  const std::string_view base = base_of(path);
  if (!base.starts_with(kWhiteoutPrefix)) return false;
  if (base == kOpaqueMark) {
    image_.make_opaque(std::string(parent_of(path)));
  } else if (base == kWhiteoutPrefix) {
    warnings_.add("CorruptLayer", path, "a whiteout of nothing; ignored");
  } else if (!base.starts_with(kWhiteoutRecordPrefix)) {
    image_.remove_lower(join_path(parent_of(path), base.substr(kWhiteoutPrefix.size())));
  }
  return true;
}

void LayerVisitor::place_file(const base::TarEntry& entry) {
  const bool wanted = selection_.wanted_by(path_) != 0;
  if (!wanted && !selection_.may_be_wanted(path_)) {
    image_.add_other_file(path_);
    content_ = Content::kRecognise;
    recogniser_ = {};
    return;
  }
  if (entry.size > limits_.kept_file_bytes_max || (!wanted && !image_.has_room_for(entry.size))) {
    image_.add_other_file(path_);
    if (wanted) {
      warnings_.add("LimitExceeded", path_,
                    fmt::format("larger than {} bytes; its content was not read", limits_.kept_file_bytes_max));
    }
    return;
  }
  content_ = Content::kKeep;
  kept_.clear();
}

void LayerVisitor::place_hard_link(const base::TarEntry& entry) {
  const std::optional<std::string> target = normal_path(entry.link_target);
  if (!target) {
    warnings_.add("CorruptLayer", path_, "a hard link that leads out of the image; ignored");
    return;
  }
  image_.add_hard_link(path_, *target);
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
    image_.add_file(path_, std::move(kept_));
    kept_ = {};
  } else if (content_ == Content::kRecognise) {
    finish_recognising();
  }
  content_ = Content::kIgnore;
}

void LayerVisitor::finish_recognising() {
  content_ = Content::kIgnore;
  if (recogniser_.is_elf()) ++tally_.elf_files;
  if (!recogniser_.go_build_info().empty()) {
    image_.add_content(path_, selection_.read_content(kGoBuildInfoKind, path_, recogniser_.go_build_info()));
  }
  if (!recogniser_.rust_dependencies().empty()) {
    image_.add_content(path_, selection_.read_content(kRustDependenciesKind, path_, recogniser_.rust_dependencies()));
  }
  if (!recogniser_.unsupported_kind().empty()) image_.mark_unsupported(path_, recogniser_.unsupported_kind());
}

}  // namespace scanner::layers
