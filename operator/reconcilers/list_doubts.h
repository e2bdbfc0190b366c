// Whether a list of an account's registries is believed where it lacks most of what is covered. Clouds answer 200 with
// a shorter list also to who has lost the right to see the rest, and then nothing of it would be scanned any more.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "crds/registry_provider.h"

namespace pratique_operator::reconcilers {

// Of a RegistryProvider: its value names what may go at once, see acceptance_of().
inline constexpr std::string_view kAcceptedListAnnotation = "pratique.dev/accepted-list";

// What a provider covers and the list lacks.
struct ListGap {
  std::vector<std::string> missing;  // names of ScanRegistries, in order
  std::size_t covered = 0;           // with those
};

// None of the covered is listed, or fewer than half of more than three.
[[nodiscard]] bool is_shrunk(const ListGap& gap);

// The annotation's value that accepts it. Of no other gap, so that an annotation that is left there accepts no later
// one.
[[nodiscard]] std::string acceptance_of(const ListGap& gap);

// Not thread-safe; time is a parameter. In memory: a new leader doubts anew.
class ListDoubts {
 public:
  static constexpr int kListsMin = 3;
  static constexpr std::chrono::minutes kTimeMin{30};

  // Whether the missing ones are to stay covered, after one more list. A shrunk list is believed when kListsMin in a
  // row have lacked the same over kTimeMin or longer, or when the annotation accepts it.
  [[nodiscard]] bool holds(const crds::RegistryProvider& provider, const ListGap& gap, base::SteadyTime now);
  // Whether what is held has been accepted since, so that there is something to do before the next list is due.
  [[nodiscard]] bool is_accepted(const crds::RegistryProvider& provider) const;
  void forget(const kubernetes::ObjectKey& provider) { doubts_.erase(provider); }

 private:
  struct Doubt {
    ListGap gap;
    base::SteadyTime since;
    int lists = 0;
    bool is_over = false;  // believed: what is left of the gap may go, too
  };
  std::map<kubernetes::ObjectKey, Doubt> doubts_;
};

}  // namespace pratique_operator::reconcilers
