// Which upgrades would clear a list of findings, in words. Pure.
#pragma once

#include <string>
#include <vector>

#include "policy/facts.h"

namespace policy {

// "upgrade log4j-core to 2.17.1 and requests to 2.20.0 to pass. ", with a few packages by name; empty where one of the
// findings has no fix. Text from outside is escaped.
[[nodiscard]] std::string upgrade_advice(const std::vector<const FindingFacts*>& findings);

}  // namespace policy
