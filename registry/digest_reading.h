// What a reference means, for a registry that does not say it in its answer to a HEAD (registry_client.h).
#pragma once

#include <stop_token>

#include "base/clock.h"
#include "base/digest.h"
#include "registry/registry_client.h"

namespace registry {

// By a GET of the manifest. Throws what ImageSource throws; base::ParseError for what is no manifest.
[[nodiscard]] base::Digest read_digest(RegistryClientSettings settings, const base::Clock& clock, std::stop_token stop);

}  // namespace registry
