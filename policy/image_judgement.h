// What one policy says about one image of a question. Pure.
#pragma once

#include <vector>

#include "policy/decision.h"

namespace policy {

// One policy and one image of a question. Everything is borrowed.
struct Case {
  const RuleBook& book;
  const Question& question;
  const Policy& policy;
  std::size_t image_index = 0;

  [[nodiscard]] const ImageFacts& image() const { return question.images[image_index]; }
};

// The exception that covers the finding for this policy; null: none. Borrowed from the book.
[[nodiscard]] const crds::FindingException* exception_of(const Case& at, const ManifestFacts& manifest,
                                                         const FindingFacts& finding);

// Appends every reason that the policy has, also those that its mode lets pass.
void judge_image(const Case& at, std::vector<Reason>& reasons);

}  // namespace policy
