// What one entry of a layer's tar does to the image below it. A layer is the list of its changes: the visitor of its
// tar makes them, a record (layer_record.h) keeps them, and ImageFilesystem::apply() is the one place where they are
// done.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "scanner/report.h"

namespace scanner::layers {

struct LayerChange {
  enum class Kind : std::uint8_t {
    kDirectory,
    kOtherFile,     // a file whose content is not kept, or a device
    kReadFile,      // wanted by its path: `extraction` is what it told
    kKeptFile,      // may be wanted by another path: `text` is its content
    kSymbolicLink,  // `text` is its target
    kHardLink,      // `text` is its target, a normal path
    kRemoval,       // a whiteout: of what lower layers have at `path`
    kOpaque,        // of what lower layers have in the directory of `path`, the mark's own
    kNothing,       // an entry that is ignored: but for the directories above it, which it makes as all do
  };

  Kind kind = Kind::kDirectory;
  std::string path{};  // where the runtime puts it (ImageFilesystem::place_entry): normal, not empty
  std::string text{};
  std::optional<Extraction> extraction{};  // of kReadFile, and of kOtherFile what its content was recognised to tell
  std::string unsupported_kind{};          // of kOtherFile: what its content is, where nobody can read it
  std::uint64_t program_bytes = 0;         // of kOtherFile: its size where it is an ELF file
};

}  // namespace scanner::layers
