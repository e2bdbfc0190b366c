#include "operator/reconcilers/advisory_matching.h"

namespace pratique_operator::reconcilers {

void AdvisoryMatching::replace(std::shared_ptr<const scanner::advisories::Database> database) {
  const std::uint64_t generation = database ? database->info().generation : 0;
  auto matcher = database ? std::make_unique<scanner::matching::Matcher>(std::move(database)) : nullptr;
  const std::lock_guard lock(mutex_);
  generation_ = generation;
  matcher_.swap(matcher);
}

std::optional<Matched> AdvisoryMatching::match(const scanner::Inventory& inventory) {
  const std::lock_guard lock(mutex_);
  if (!matcher_) {
    return std::nullopt;
  }
  return Matched{.generation = generation_, .result = matcher_->match(inventory)};
}

std::optional<std::uint64_t> AdvisoryMatching::generation() const {
  const std::lock_guard lock(mutex_);
  return matcher_ ? std::optional(generation_) : std::nullopt;
}

}  // namespace pratique_operator::reconcilers
