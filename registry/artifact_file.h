// Fetching the file that an artifact is (artifact.h): its layers, one behind the other, without those that a file at
// hand has already.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/byte_source.h"
#include "base/digest.h"
#include "registry/image_source.h"

namespace registry {

// What is taken for such a file.
struct FileTerms {
  std::string_view chunk_type;  // media type of each layer; none is longer than kChunkBytesMax
  std::string_view whole_type;  // or of the only layer, of any length
  std::uint64_t bytes_max = 0;  // in all
};

struct FoundFile {
  base::Digest digest;               // of the manifest
  std::vector<Descriptor> layers{};  // in the file's order
  std::uint64_t bytes = 0;           // in all
};

// The file that the source's reference names. Nothing is asked for but its manifest. Throws base::ParseError that names
// the manifest for what has no layers, an empty one or one of another media type, base::LimitExceeded for more than the
// terms and limits.h allow.
[[nodiscard]] FoundFile find_file(ImageSource& source, const FileTerms& terms, const std::stop_token& stop);

// Called with the bytes of the file that are there so far.
using OnReceived = std::function<void(std::uint64_t)>;

// Returns after that time, or when it is to stop.
using WaitFor = std::function<void(std::chrono::seconds time, const std::stop_token& stop)>;
void wait_or_stop(std::chrono::seconds time, const std::stop_token& stop);

// Writes the file to a new one of mode 0600 and syncs it. A layer that is a chunk of `present` (null: none) is taken
// from there, by its digest; each of the others is verified as it comes. Returns how many bytes the registry was asked
// for. A layer that is answered 429 is waited for as the registry says, five times and for twenty minutes of waiting in
// the whole file at the most; then that is thrown. Throws what ImageSource::stream_blob throws, and base::ConfigError
// for a path that exists or cannot be written; a file that was begun is the caller's to remove.
std::uint64_t fetch_file(ImageSource& source, const FoundFile& file, const std::string& path,
                         const base::ByteSource* present, const OnReceived& on_received, const std::stop_token& stop,
                         const WaitFor& wait_for = wait_or_stop);

}  // namespace registry
