// Any stream, cut anywhere, gives the same lines as in one piece; each line and each list page is read or refused.
#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "kubernetes/list_page.h"
#include "kubernetes/watch_lines.h"

namespace {

std::vector<std::string> lines_of(std::string_view stream, std::size_t piece_bytes) {
  kubernetes::LineSplitter splitter;
  std::vector<std::string> lines;
  while (!stream.empty()) {
    const std::string_view piece = stream.substr(0, piece_bytes);
    stream.remove_prefix(piece.size());
    CHECK(splitter.feed(piece, [&](std::string_view line) {
      lines.emplace_back(line);
      return true;
    }));
  }
  return lines;
}

void read_event(const std::string& line) {
  try {
    const std::optional<kubernetes::WatchEvent> event = kubernetes::parse_watch_event(line);
    if (!event) return;
    (void)kubernetes::error_of_status("fuzz", 500, event->object);
    (void)kubernetes::resource_version_of(event->object);
    (void)kubernetes::key_of(event->object);
  } catch (const base::Error& error) {
    CHECK(*error.what() != '\0');
  }
}

// What a list tells, cut into pieces of so many bytes; "refused" when it is none.
std::string page_of(std::string_view text, std::size_t piece_bytes) {
  std::string told;
  kubernetes::ListReader reader([&](const nlohmann::json& item) { told += item.dump() + '\n'; });
  try {
    while (!text.empty()) {
      const std::string_view piece = text.substr(0, piece_bytes);
      text.remove_prefix(piece.size());
      reader.feed(piece);
    }
    const kubernetes::ListPage page = reader.finish();
    return told + page.resource_version + ' ' + page.continue_token;
  } catch (const base::Error& error) {
    CHECK(*error.what() != '\0');
    return "refused";
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view stream(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::vector<std::string> lines = lines_of(stream, std::max<std::size_t>(1, stream.size()));
  CHECK(lines == lines_of(stream, std::max<std::size_t>(1, data[0])));
  for (const std::string& line : lines) read_event(line);
  CHECK(page_of(stream, std::max<std::size_t>(1, stream.size())) == page_of(stream, std::max<std::size_t>(1, data[0])));
  return 0;
}
