// The entry of the sandboxed child. Every program that scans (and every test that does) starts its main() with
//   if (scanner::worker::is_worker(argc, argv)) return scanner::worker::run(argv);
// because the child is /proc/self/exe with the arguments "worker" and the processor time that it may take, in seconds.
#pragma once

namespace scanner::worker {

// Whether this process was started as a child: its first argument is "worker", its second and last a number.
[[nodiscard]] bool is_worker(int argc, const char* const* argv);

// Of is_worker()'s arguments: confines itself, reads an image from standard input and writes the inventory to standard
// output, as docs/formats/pipe-protocol.md says. Ends the process (child_side.h); an int for the sake of main().
[[noreturn]] int run(const char* const* argv);

}  // namespace scanner::worker
