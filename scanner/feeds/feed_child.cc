#include "scanner/feeds/feed_child.h"

#include <string>
#include <string_view>

#include "base/error.h"
#include "scanner/feeds/feed_frames.h"
#include "scanner/worker/child_side.h"

namespace scanner::feeds {
namespace {

void read_and_tell(const advisories::BuildSource& source) {
  FeedFrameWriter writer(worker::write_frame);
  try {
    writer.finish(advisories::read_feed_pairs(source, writer.sink()));
  } catch (const base::Error& error) {  // what else there is the status tells
    writer.fail(error);
  }
}

}  // namespace

bool is_feed_reader(int argc, const char* const* argv) {
  return argc == 4 && std::string_view(argv[1]) == kFeedReaderArgument;
}

void run_feed_reader(const char* const* argv) {
  const advisories::BuildSource source{.format = argv[2], .path = argv[3]};
  worker::end_with_status_of([&] {
    worker::say_hello(worker::enter_sandbox_reading(source.path));
    read_and_tell(source);
  });
}

}  // namespace scanner::feeds
