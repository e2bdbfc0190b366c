#include "operator/reconcilers/advisory_matching.h"

#include "scanner/matching/issue_title.h"

namespace pratique_operator::reconcilers {

void AdvisoryMatching::replace(std::shared_ptr<const scanner::advisories::Database> database, base::SteadyTime now) {
  const std::uint64_t generation = database ? database->info().generation : 0;
  auto matcher = database ? std::make_unique<scanner::matching::Matcher>(database) : nullptr;
  const std::lock_guard lock(mutex_);
  generation_ = generation;
  active_since_ = now;
  database_.swap(database);
  matcher_.swap(matcher);
}

std::optional<Matched> AdvisoryMatching::match(const scanner::Inventory& inventory) {
  const std::lock_guard lock(mutex_);
  if (!matcher_) {
    return std::nullopt;
  }
  return Matched{
      .generation = generation_, .result = matcher_->match(inventory), .fingerprint = matcher_->fingerprint(inventory)};
}

std::optional<Matched> AdvisoryMatching::fingerprint(const scanner::Inventory& inventory) {
  const std::lock_guard lock(mutex_);
  if (!matcher_) {
    return std::nullopt;
  }
  return Matched{.generation = generation_, .fingerprint = matcher_->fingerprint(inventory)};
}

std::optional<std::uint64_t> AdvisoryMatching::generation() const {
  const std::lock_guard lock(mutex_);
  return matcher_ ? std::optional(generation_) : std::nullopt;
}

base::SteadyTime AdvisoryMatching::active_since() const {
  const std::lock_guard lock(mutex_);
  return active_since_;
}

std::string AdvisoryMatching::title_of(const crds::Finding& finding) const {
  const std::shared_ptr<const scanner::advisories::Database> database = [&] {
    const std::lock_guard lock(mutex_);
    return database_;
  }();
  if (!database) {
    return {};
  }
  return scanner::matching::issue_title(
      *database,
      {.id = finding.spec.vulnerability.id, .package = finding.spec.package.name, .purl = finding.spec.package.purl});
}

}  // namespace pratique_operator::reconcilers
