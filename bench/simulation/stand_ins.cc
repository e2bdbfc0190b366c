#include "bench/simulation/stand_ins.h"

#include "base/error.h"

namespace bench::simulation {

using pratique_operator::reconcilers::ResolvedReference;
using pratique_operator::reconcilers::ResolveRequest;

std::string MadeRegistries::digest_of(const base::ImageReference& reference) const {
  if (reference.digest) return reference.digest->text();
  const auto found = tags_.find(reference.text());
  if (found == tags_.end()) throw base::HttpError(reference.text() + " is not there", 404);
  return found->second;
}

ResolvedReference MadeRegistries::resolve(const ResolveRequest& request, std::stop_token) {
  time_.wait_for(costs_.resolve);
  const base::Digest digest = *base::Digest::parse(digest_of(request.reference));
  ResolvedReference resolved{.image = {.digest = digest, .manifests = {}, .skipped = {}}, .access = {}};
  for (const registry::Platform& platform : request.platforms) {
    resolved.image.manifests.push_back({.platform = platform, .digest = digest, .layers = {}});
  }
  resolved.source = request.reference;
  return resolved;
}

bool MadeRegistries::still_means(const ResolveRequest& request, const base::Digest& digest, std::stop_token) {
  time_.wait_for(costs_.confirm);
  return digest_of(request.reference) == digest.text();
}

scanner::Inventory MadeScanners::scan(const scanner::ScanRequest& request, std::string_view, std::stop_token) {
  ++scans_;
  time_.wait_for(costs_.scan);
  return software_.inventory_of(request.digest);
}

}  // namespace bench::simulation
