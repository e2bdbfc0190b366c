// What a child that read a feed says, when the feed has taken it over: refused, or pairs that a database may hold.
#include "base/error.h"
#include "scanner/feeds/feed_frames.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const scanner::worker::Frame frame{.type = static_cast<scanner::worker::FrameType>(data[0]),
                                     .payload = std::string(reinterpret_cast<const char*>(data) + 1, size - 1)};
  const scanner::advisories::PairSink sink{
      .on_pair = [](const std::string& key, const std::string& value) { scanner::advisories::check_pair(key, value); },
      .on_note = [](const scanner::advisories::FeedNote& note) { CHECK(note.message.size() <= 1024); },
      .on_progress = {}};
  try {
    static_cast<void>(scanner::feeds::take_feed_frame(frame, sink));
  } catch (const base::Error&) {
    return 0;
  }
  return 0;
}
