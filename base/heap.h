// The allocator's memory, given back.
#pragma once

namespace base {

// Gives back to the system what the allocator holds and nobody uses: glibc's heap below its topmost live piece; with
// jemalloc, of which a thread of its own gives pages back, the calling thread's cache, whose small pieces hold pages
// that are empty otherwise. Takes milliseconds where much is free: for the end of a storm, not for each request.
// Thread-safe.
void release_free_memory();

}  // namespace base
