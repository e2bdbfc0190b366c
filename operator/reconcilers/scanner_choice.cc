#include "operator/reconcilers/scanner_choice.h"

#include <algorithm>

#include "base/digest.h"

namespace pratique_operator::reconcilers {
namespace {

struct Ranked {
  std::string weight;
  ScannerEndpoint endpoint;
};

}  // namespace

std::vector<ScannerEndpoint> by_preference(std::vector<ScannerEndpoint> endpoints, std::string_view layer) {
  std::vector<Ranked> ranked;
  ranked.reserve(endpoints.size());
  for (ScannerEndpoint& endpoint : endpoints) {
    const std::string name = endpoint.url.authority() + " " + endpoint.address + " " + std::string(layer);
    ranked.push_back({.weight = base::sha256_hex(name), .endpoint = std::move(endpoint)});
  }
  std::ranges::sort(ranked, std::ranges::greater(), &Ranked::weight);
  endpoints.clear();
  for (Ranked& entry : ranked) endpoints.push_back(std::move(entry.endpoint));
  return endpoints;
}

}  // namespace pratique_operator::reconcilers
