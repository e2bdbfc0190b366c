// Where `pratique` keeps what it need not do again.
#pragma once

#include <string>
#include <string_view>

#include "cli/commands.h"
#include "cli/console.h"

namespace cli {

// The directory to keep things of this kind ("scans") in, which exists and is the user's alone. Empty where none is
// wanted, or where the user has no place for one, which is told on `console`. Throws base::ConfigError when a directory
// that was named cannot hold it.
[[nodiscard]] std::string cache_directory(const CacheChoice& choice, std::string_view kind, const Console& console);

// Where it is remembered that this file was verified, beside the scans; empty where nothing is kept.
[[nodiscard]] std::string verification_note(const CacheChoice& choice, const std::string& file);

}  // namespace cli
