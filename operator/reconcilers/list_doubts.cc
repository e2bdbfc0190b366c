#include "operator/reconcilers/list_doubts.h"

#include <algorithm>

#include "base/digest.h"

namespace pratique_operator::reconcilers {
namespace {

bool accepts(const crds::RegistryProvider& provider, const ListGap& gap) {
  const auto accepted = provider.metadata.annotations.find(std::string(kAcceptedListAnnotation));
  return accepted != provider.metadata.annotations.end() && accepted->second == acceptance_of(gap);
}

}  // namespace

bool is_shrunk(const ListGap& gap) {
  constexpr std::size_t kFew = 3;
  const std::size_t left = gap.covered - gap.missing.size();
  return gap.covered > 0 && (left == 0 || (gap.covered > kFew && left * 2 < gap.covered));
}

std::string acceptance_of(const ListGap& gap) {
  constexpr std::size_t kDigits = 10;
  std::string names;
  for (const std::string& name : gap.missing) names += name + "\n";
  return base::sha256_hex(names).substr(0, kDigits);
}

bool ListDoubts::holds(const crds::RegistryProvider& provider, const ListGap& gap, base::SteadyTime now) {
  if (!is_shrunk(gap)) {
    forget(provider.metadata.key());
    return false;
  }
  Doubt& doubt = doubts_[provider.metadata.key()];
  // Some may have gone before one could not be removed.
  if (doubt.is_over && std::ranges::includes(doubt.gap.missing, gap.missing)) return false;
  if (doubt.gap.missing != gap.missing) doubt = {.gap = gap, .since = now};
  ++doubt.lists;
  const bool is_believed = doubt.lists >= kListsMin && now - doubt.since >= kTimeMin;
  doubt.is_over = is_believed || accepts(provider, gap);
  return !doubt.is_over;
}

bool ListDoubts::is_accepted(const crds::RegistryProvider& provider) const {
  const auto doubt = doubts_.find(provider.metadata.key());
  return doubt != doubts_.end() && !doubt->second.is_over && accepts(provider, doubt->second.gap);
}

}  // namespace pratique_operator::reconcilers
