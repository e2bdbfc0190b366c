// Who we are in managedFields. One manager for all that the operator applies, because every further one costs its own
// entry in each object.
#pragma once

namespace pratique_operator::reconcilers {

inline constexpr const char* kFieldOwner = "pratique-operator";

}  // namespace pratique_operator::reconcilers
