// The entry of the sandboxed child. Every program that scans (and every test that does) starts its main() with
//   if (scanner::worker::is_worker(argc, argv)) return scanner::worker::run();
// because the child is /proc/self/exe with the argument "worker".
#pragma once

namespace scanner::worker {

// Whether this process was started as a child: its first argument is "worker" and nothing follows.
[[nodiscard]] bool is_worker(int argc, const char* const* argv);

// Confines itself, reads an image from standard input and writes the inventory to standard output, as
// docs/formats/pipe-protocol.md says. Ends the process (child_side.h); an int for the sake of main().
[[noreturn]] int run();

}  // namespace scanner::worker
