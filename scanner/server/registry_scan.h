// From the words of a scan request to a scan: the registry source with its credentials and policy, under the service's
// limits.
#pragma once

#include "base/clock.h"
#include "scanner/scanner.h"
#include "scanner/server/scan_handler.h"

namespace scanner::server {

// A ScanFunction that pulls from registries. A request's limits can only lower those of `settings`. `clock` must outlive
// it.
[[nodiscard]] ScanFunction make_registry_scan(const ScanSettings& settings, const base::Clock& clock);

}  // namespace scanner::server
