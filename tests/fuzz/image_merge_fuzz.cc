// Layers merged by ImageFilesystem hold the files that a plain model of overlayfs holds.
#include <fuzzer/FuzzedDataProvider.h>

#include <array>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/error.h"
#include "scanner/layers/image_filesystem.h"
#include "scanner/layers/layer_visitor.h"

namespace {

using base::EntryKind;

// Wants files by the name "w".
class NameSelection final : public scanner::layers::Selection {
 public:
  std::uint64_t wanted_by(std::string_view path) const override {
    return scanner::layers::base_of(path) == "w" ? 1 : 0;
  }
  bool may_be_wanted(std::string_view) const override { return false; }
  scanner::Extraction read(std::string_view, std::string_view content) const override {
    return {.packages = {scanner::Package{.name = std::string(content)}}};
  }
  scanner::Extraction read_content(std::string_view, std::string_view, std::string_view) const override { return {}; }
  std::uint64_t readers_of(std::string_view) const override { return 0; }
  std::vector<std::string> names_of(std::uint64_t) const override { return {}; }
  std::string text_mark(std::string_view) const override { return {}; }
  std::string_view unsupported_kind(std::string_view) const override { return {}; }
  std::span<const std::string_view> fixed_paths() const override { return {}; }
  std::span<const std::string_view> fixed_directories() const override { return {}; }
};

// Every path of a merged image; directories have no content.
struct ModelNode {
  bool is_directory = false;
  std::string content;
};
using Tree = std::map<std::string, ModelNode>;

bool is_below(const std::string& path, const std::string& directory) {
  return directory.empty() || path.starts_with(directory + "/");
}

void erase_tree(Tree& tree, const std::string& path) {
  std::erase_if(tree, [&](const auto& item) { return item.first == path || is_below(item.first, path); });
}

// One layer over the lower ones, entry by entry; whiteouts concern the lower tree alone.
class ModelLayer {
 public:
  explicit ModelLayer(Tree lower) : lower_(std::move(lower)) {}

  void add(const std::string& path, ModelNode node) {
    for (std::string parent(scanner::layers::parent_of(path)); !parent.empty();
         parent = std::string(scanner::layers::parent_of(parent))) {
      cover_by_directory(parent);
    }
    if (node.is_directory) {
      cover_by_directory(path);
    } else {
      erase_tree(lower_, path);
      erase_tree(upper_, path);
      upper_[path] = std::move(node);
    }
  }
  void whiteout(const std::string& path) { erase_tree(lower_, path); }
  void opaque(const std::string& directory) {
    std::erase_if(lower_, [&](const auto& item) { return is_below(item.first, directory); });
  }
  [[nodiscard]] Tree merged() const {
    Tree tree = lower_;
    for (const auto& [path, node] : upper_) tree[path] = node;
    return tree;
  }
  // A runtime refuses to unpack below a file of the same layer.
  [[nodiscard]] bool goes_through_a_file(const std::string& path) const {
    for (std::string parent(scanner::layers::parent_of(path)); !parent.empty();
         parent = std::string(scanner::layers::parent_of(parent))) {
      const auto node = upper_.find(parent);
      if (node != upper_.end() && !node->second.is_directory) return true;
    }
    return false;
  }

 private:
  void cover_by_directory(const std::string& path) {
    for (Tree* tree : {&lower_, &upper_}) {
      const auto node = tree->find(path);
      if (node != tree->end() && !node->second.is_directory) tree->erase(node);
    }
    upper_[path] = {.is_directory = true, .content = {}};
  }

  Tree lower_;
  Tree upper_;
};

std::string pick_path(FuzzedDataProvider& input) {
  static constexpr std::array<const char*, 6> kParts = {"a", "b", "a-b", "w", "a.", "c"};
  std::string path;
  for (int depth = input.ConsumeIntegralInRange(1, 4); depth > 0; --depth) {
    path = scanner::layers::join_path(path, kParts[input.ConsumeIntegralInRange<std::size_t>(0, kParts.size() - 1)]);
  }
  return path;
}

class Image {
 public:
  void run(FuzzedDataProvider& input) {
    for (int layer = input.ConsumeIntegralInRange(1, 5); layer > 0; --layer) add_layer(input);
    compare();
  }

 private:
  void add_layer(FuzzedDataProvider& input) {
    scanner::layers::LayerVisitor visitor({filesystem_, selection_, limits_, warnings_, tally_}, nullptr);
    filesystem_.begin_layer("layer");
    ModelLayer model(tree_);
    for (int entries = input.ConsumeIntegralInRange(0, 12); entries > 0; --entries) add_entry(input, visitor, model);
    filesystem_.end_layer();
    tree_ = model.merged();
  }

  void add_entry(FuzzedDataProvider& input, scanner::layers::LayerVisitor& visitor, ModelLayer& model) {
    const std::string path = pick_path(input);
    if (model.goes_through_a_file(path)) return;
    const std::string parent(scanner::layers::parent_of(path));
    const std::string base(scanner::layers::base_of(path));
    switch (input.ConsumeIntegralInRange(0, 4)) {
      case 0:
        visit(visitor, base::EntryKind::kDirectory, path, "");
        return model.add(path, {.is_directory = true, .content = {}});
      case 1:
        visit(visitor, base::EntryKind::kFile, scanner::layers::join_path(parent, ".wh." + base), "");
        touch_parents(model, path);
        return model.whiteout(path);
      case 2:
        visit(visitor, base::EntryKind::kFile, scanner::layers::join_path(parent, ".wh..wh..opq"), "");
        touch_parents(model, path);
        return model.opaque(parent);
      default:
        const std::string content = std::to_string(++files_);
        visit(visitor, base::EntryKind::kFile, path, content);
        return model.add(path, {.is_directory = false, .content = content});
    }
  }

  // A whiteout makes the directories above it, as every entry does.
  static void touch_parents(ModelLayer& model, const std::string& path) {
    const std::string parent(scanner::layers::parent_of(path));
    if (!parent.empty()) model.add(parent, {.is_directory = true, .content = {}});
  }

  static void visit(scanner::layers::LayerVisitor& visitor, base::EntryKind kind, const std::string& path,
                    const std::string& content) {
    visitor.on_entry({.kind = kind, .path = path, .link_target = {}, .size = content.size()});
    visitor.on_content(std::as_bytes(std::span(content)));
    visitor.on_entry_end();
  }

  void compare() {
    std::map<std::string, std::string> wanted;
    for (const auto& [path, node] : tree_) {
      if (!node.is_directory && scanner::layers::base_of(path) == "w") wanted[path] = node.content;
    }
    std::map<std::string, std::string> kept;
    for (const auto& file : filesystem_.wanted_files()) kept[file.path] = file.extraction->packages.at(0).name;
    CHECK(kept == wanted);
    CHECK(warnings_.warnings().empty());
  }

  NameSelection selection_;
  scanner::layers::Limits limits_;
  scanner::layers::WarningList warnings_{limits_.warnings_max};
  scanner::layers::ImageFilesystem filesystem_{selection_, limits_, warnings_};
  scanner::layers::ImageTally tally_;
  Tree tree_;
  int files_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider input(data, size);
  const auto image = std::make_unique<Image>();
  image->run(input);
  return 0;
}
