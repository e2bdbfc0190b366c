// Feeds of many small JSON documents: a file, a directory of them or a zip.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace scanner::advisories {

struct RecordFiles {
  // `place` names the document in errors and notes; `json` is valid during the call.
  std::function<void(const std::string& place, std::string_view json)> on_record;
  std::function<void(std::uint64_t done, std::uint64_t total)> on_progress;  // documents
};

// Every document of `path` whose name ends in ".json", in an order that does not depend on the file system. Throws
// base::ConfigError when there is nothing there, base::ParseError for a damaged zip or one without a document,
// base::LimitExceeded past kRecordBytesMax and kFilesMax, and what `on_record` throws.
void read_record_files(const std::string& path, const RecordFiles& files);

}  // namespace scanner::advisories
