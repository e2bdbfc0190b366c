// The layers of defence around a sandboxed child by name: as people ask for them, and as it is said which are missing.
#pragma once

#include <string>
#include <string_view>

#include "scanner/worker/sandbox.h"

namespace scanner::worker {

// Adds one to those that are required: "seccomp", "no-new-privileges", "resource-limits", "landlock", or "landlock=4"
// where the kernel must have that ABI or a newer one (4: it denies TCP, too). Throws base::ConfigError that lists the
// names.
void require_defence(SandboxReport& required, std::string_view word);

// What is required and was not given, for a person: "landlock=4 (there is 1)". Empty: nothing.
[[nodiscard]] std::string missing_defences(const SandboxReport& given, const SandboxReport& required);

}  // namespace scanner::worker
