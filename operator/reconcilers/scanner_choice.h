// Which scanner is asked first. Each keeps the records of the layers that it has read (docs/formats/layer-records.md),
// so images that share their largest layer go to the same one while it is there and has room.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "net/http.h"

namespace pratique_operator::reconcilers {

// One of the services: a pod behind the name that the URL has.
struct ScannerEndpoint {
  net::Url url;
  std::string address;  // numeric; empty: whatever the URL's host resolves to
  bool operator==(const ScannerEndpoint&) const = default;
};

// All of them, by rendezvous hashing of each with `layer`: the first is the same for as long as it is among them, and
// when one comes or goes, only the layers that were or become its own move. Pure.
[[nodiscard]] std::vector<ScannerEndpoint> by_preference(std::vector<ScannerEndpoint> endpoints,
                                                         std::string_view layer);

}  // namespace pratique_operator::reconcilers
