// The format of kubeconfig files. One context of one file becomes a Config.
#pragma once

#include <string>
#include <string_view>

#include "kubernetes/config.h"

namespace kubernetes {

// Reads the text of a kubeconfig; `path` is its place, for errors and for the relative paths inside it. An empty
// `context` means current-context. Certificates that are named as files are read. Throws base::ConfigError that names
// file and entry. What Pratique does not support (exec and auth-provider plugins, passwords, proxies, unverified TLS)
// is refused, never passed over.
[[nodiscard]] Config parse_kubeconfig(std::string_view text, const std::string& path, const std::string& context);

}  // namespace kubernetes
