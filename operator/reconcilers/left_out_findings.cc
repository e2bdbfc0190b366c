#include "operator/reconcilers/left_out_findings.h"

#include <utility>

namespace pratique_operator::reconcilers {

std::set<std::string> LeftOutFindings::replace(const std::string& ns, std::size_t findings, LeftOutCounts counts) {
  std::set<std::string> changed;
  namespaces_.with([&](auto& namespaces) {
    Namespace& known = namespaces[ns];
    for (const auto& [digest, count] : known.counts) {
      if (!counts.contains(digest)) {
        changed.insert(digest);
      }
    }
    for (const auto& [digest, count] : counts) {
      if (!known.counts.contains(digest)) {
        changed.insert(digest);
      }
    }
    known = {.findings = findings, .counts = std::move(counts)};
  });
  return changed;
}

std::optional<std::size_t> LeftOutFindings::of(const std::string& ns, const std::vector<std::string>& digests) const {
  return namespaces_.with([&](const auto& namespaces) -> std::optional<std::size_t> {
    const auto known = namespaces.find(ns);
    if (known == namespaces.end()) {
      return std::nullopt;
    }
    std::size_t sum = 0;
    for (const std::string& digest : digests) {
      const auto count = known->second.counts.find(digest);
      sum += count == known->second.counts.end() ? 0 : count->second;
    }
    return sum;
  });
}

std::size_t LeftOutFindings::total() const {
  return namespaces_.with([](const auto& namespaces) {
    std::size_t sum = 0;
    for (const auto& [name, known] : namespaces) {
      sum += known.findings;
    }
    return sum;
  });
}

}  // namespace pratique_operator::reconcilers
