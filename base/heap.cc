#include "base/heap.h"

#include <malloc.h>

#include <cstddef>

// jemalloc(3); there in the programs that are linked with it (cmake/pratique_targets.cmake).
extern "C" [[gnu::weak]] int mallctl(const char* name, void* old, std::size_t* old_size, void* fresh,
                                     std::size_t fresh_size);

namespace base {

void release_free_memory() {
  if (mallctl != nullptr) {
    static_cast<void>(mallctl("thread.tcache.flush", nullptr, nullptr, nullptr, 0));
  } else {
    malloc_trim(0);
  }
}

}  // namespace base
