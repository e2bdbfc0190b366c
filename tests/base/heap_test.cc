#include "base/heap.h"

#include <gtest/gtest.h>
#include <malloc.h>

#include <memory>
#include <vector>

namespace base {
namespace {

#ifdef PRATIQUE_UNDER_SANITIZER  // whose allocators keep what is freed, to find who uses it still
constexpr long kGivenBackKib = -(4 << 10);
#else
constexpr long kGivenBackKib = 16 << 10;
#endif

// Below a topmost piece that lives on, glibc keeps what is free until it is told otherwise.
TEST(Heap, GivesBackWhatNobodyUses) {
  std::vector<std::unique_ptr<std::vector<char>>> pieces;
  for (int i = 0; i < 2000; ++i) pieces.push_back(std::make_unique<std::vector<char>>(16 << 10, 'x'));
  const auto last = std::make_unique<std::vector<char>>(16 << 10, 'x');
  pieces.clear();
  const auto resident_kib = [] {
    FILE* const file = fopen("/proc/self/statm", "r");
    long total = 0;
    long resident = 0;
    EXPECT_EQ(fscanf(file, "%ld %ld", &total, &resident), 2);
    fclose(file);
    return resident * 4;
  };
  const long before = resident_kib();
  release_free_memory();

  EXPECT_LT(resident_kib(), before - kGivenBackKib) << "of some 32 MiB";
  EXPECT_EQ(last->back(), 'x');
}

}  // namespace
}  // namespace base
