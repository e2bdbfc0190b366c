// Runtimes and servers that are often installed outside a package manager, in the images that carry their names: by
// which files they are known and where their version stands.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "scanner/report.h"

namespace scanner::inventory {

// The text behind which a program of this path tells its version: "node.js/v" of "usr/local/bin/node". Empty: its name
// is that of no such program. A zero byte before it says that nothing stands before it in its text. Called for every
// file of an image.
[[nodiscard]] std::string runtime_mark(std::string_view path);

// What one of the texts says that were found at the program's mark; nullopt: no whole version.
struct RuntimeRelease {
  std::string_view name;  // lives for ever
  std::string_view version;
};
[[nodiscard]] std::optional<RuntimeRelease> runtime_release(std::string_view path, std::string_view text);

// Whether a package of this name without an ecosystem ("pkg:generic/node") is one of them.
[[nodiscard]] bool is_runtime(std::string_view name);

// Their advisories are those of Bitnami's feed, which has the upstream's versions: hence the type. The purl says
// "generic", for Bitnami did not build it.
[[nodiscard]] Package runtime_package(std::string_view name, std::string_view version);

}  // namespace scanner::inventory
