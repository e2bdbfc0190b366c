// An image with something to find, and the advisories that find it.
#pragma once

#include <string>
#include <vector>

namespace tests {

// Records about lodash, requests and openssl, in the terms of these tests.
[[nodiscard]] std::vector<std::string> sample_osv_records();

// A Debian 12 with an old openssl, requests 2.19.0 and lodash 4.17.11, as one tar.
[[nodiscard]] std::string sample_layer();

}  // namespace tests
