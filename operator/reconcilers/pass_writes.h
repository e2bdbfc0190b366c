// The writes of one pass over many objects: one that is refused does not keep those behind it from being written.
#pragma once

#include <exception>

#include "kubernetes/api_client.h"

namespace pratique_operator::reconcilers {

// Not thread-safe; made anew for each pass.
class PassWrites {
 public:
  // Whether the API server says no to one object; anything else would meet the next one as well, and ends the pass.
  using IsOfOne = bool (*)(const kubernetes::ApiError& error);
  explicit PassWrites(IsOfOne is_of_one) : is_of_one_(is_of_one) {}

  // False: this one was refused.
  template <typename Write>
  bool attempt(Write&& write) {
    try {
      write();
      return true;
    } catch (const kubernetes::ApiError& error) {
      if (!is_of_one_(error)) throw;
      if (!refusal_) refusal_ = std::current_exception();
      return false;
    }
  }

  // The pass has failed when a write has, so that it comes back after a back-off: throws the first refusal.
  void finish() const {
    if (refusal_) std::rethrow_exception(refusal_);
  }

 private:
  IsOfOne is_of_one_;
  std::exception_ptr refusal_;
};

}  // namespace pratique_operator::reconcilers
