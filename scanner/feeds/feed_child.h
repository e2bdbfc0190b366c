// The entry of the sandboxed child that reads one feed of advisories. A program that builds databases starts its main()
// with
//   if (scanner::feeds::is_feed_reader(argc, argv)) scanner::feeds::run_feed_reader(argv);
// because the child is /proc/self/exe with the arguments "read-feed FORMAT PATH".
#pragma once

namespace scanner::feeds {

inline constexpr const char* kFeedReaderArgument = "read-feed";

// Whether this process was started as such a child.
[[nodiscard]] bool is_feed_reader(int argc, const char* const* argv);

// Confines itself to reading what is at PATH and writes what the feed says to standard output (feed_frames.h). Ends the
// process.
[[noreturn]] void run_feed_reader(const char* const* argv);

}  // namespace scanner::feeds
