#include "registry/artifact_file.h"

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <span>

#include "base/error.h"
#include "base/log.h"
#include "base/output_file.h"
#include "registry/content_chunks.h"

namespace registry {
namespace {

constexpr std::size_t kTypeBytesShown = 100;
constexpr int kTooManyRequests = 429;
constexpr int kWaitsForLayerMax = 5;
constexpr std::chrono::seconds kWaitOtherwise{30};  // where the registry does not say how long
constexpr std::chrono::minutes kWaitInAllMax{20};   // of one file

[[noreturn]] void refuse(const Manifest& manifest, const std::string& why) {
  throw base::ParseError("manifest " + manifest.digest.text() + ": " + why);
}

[[noreturn]] void refuse_size(const Manifest& manifest, const std::string& what, std::uint64_t bytes_max) {
  throw base::LimitExceeded("manifest " + manifest.digest.text() + ": " + what + " than " + std::to_string(bytes_max) +
                            " bytes, and no more are taken");
}

// The bytes of all layers.
std::uint64_t checked_bytes(const Manifest& manifest, const FileTerms& terms) {
  if (manifest.layers.empty()) refuse(manifest, "no layers, where a file is expected");
  const bool is_whole = manifest.layers.size() == 1 && manifest.layers.front().media_type == terms.whole_type;
  std::uint64_t bytes = 0;
  for (const Descriptor& layer : manifest.layers) {
    if (!is_whole && layer.media_type != terms.chunk_type) {
      refuse(manifest, "a layer of type " + base::escape_text(layer.media_type, kTypeBytesShown) + ", where " +
                           std::string(terms.chunk_type) + " is expected");
    }
    if (layer.size == 0) refuse(manifest, "layer " + layer.digest.text() + " is empty");
    if (!is_whole && layer.size > kChunkBytesMax) {
      refuse_size(manifest, "layer " + layer.digest.text() + " has more", kChunkBytesMax);
    }
    if (layer.size > terms.bytes_max - bytes) refuse_size(manifest, "its layers have more", terms.bytes_max);
    bytes += layer.size;
  }
  return bytes;
}

// Chunks by what a manifest says of them.
using Present = std::map<std::pair<base::Digest, std::uint64_t>, std::uint64_t>;  // digest, size -> offset

Present offsets_of(const base::ByteSource* present, const ChunkSizes& sizes) {
  Present offsets;
  if (present == nullptr) return offsets;
  for (const Chunk& chunk : chunks_of(*present, sizes))
    offsets.emplace(std::pair(chunk.digest, chunk.size), chunk.offset);
  return offsets;
}

// Asks for a layer until the registry has time for it: what came before would be fetched once more otherwise, and be
// throttled at the same place again.
class PatientLayers {
 public:
  PatientLayers(ImageSource& source, const WaitFor& wait_for, const std::stop_token& stop)
      : source_(source), wait_for_(wait_for), stop_(stop) {}

  void stream(const Descriptor& layer, const OnBlobBytes& on_bytes) {
    bool has_begun = false;  // then its bytes are in the file, and it cannot be asked for again
    const auto take = [&](std::span<const std::byte> bytes) {
      has_begun = true;
      on_bytes(bytes);
    };
    for (int waits = 0;; ++waits) {
      std::chrono::seconds rest = kWaitOtherwise;
      try {
        source_.stream_blob(layer, take, stop_);
        return;
      } catch (const base::HttpError& error) {
        rest = error.retry_after().value_or(kWaitOtherwise);
        const bool may_wait = waits < kWaitsForLayerMax && waited_ + rest <= kWaitInAllMax && !stop_.stop_requested();
        if (error.status() != kTooManyRequests || has_begun || !may_wait) throw;
      }
      waited_ += rest;
      base::log(base::LogLevel::kWarning, "the registry throttles; the fetch goes on later",
                {{"layer", layer.digest.text()}, {"seconds", static_cast<std::int64_t>(rest.count())}});
      wait_for_(rest, stop_);
    }
  }

 private:
  ImageSource& source_;
  const WaitFor& wait_for_;
  const std::stop_token& stop_;
  std::chrono::seconds waited_{0};
};

}  // namespace

void wait_or_stop(std::chrono::seconds time, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, stop, time, [] { return false; });
}

FoundFile find_file(ImageSource& source, const FileTerms& terms, const std::stop_token& stop) {
  const base::Digest digest = source.resolve({}, stop).digest;
  Manifest manifest = source.manifest(digest, stop);
  const std::uint64_t bytes = checked_bytes(manifest, terms);
  return {.digest = digest, .layers = std::move(manifest.layers), .bytes = bytes};
}

std::uint64_t fetch_file(ImageSource& source, const FoundFile& file, const std::string& path,
                         const base::ByteSource* present, const OnReceived& on_received, const std::stop_token& stop,
                         const WaitFor& wait_for) {
  const Present offsets = offsets_of(present, chunk_sizes(file.bytes));  // as the new one is cut
  base::OutputFile output(path, 0600);
  std::uint64_t written = 0;
  const auto write = [&](std::string_view bytes) {
    output.write(bytes);
    written += bytes.size();
    if (on_received) on_received(written);
  };
  std::uint64_t fetched = 0;
  PatientLayers layers(source, wait_for, stop);
  for (const Descriptor& layer : file.layers) {
    const auto found = offsets.find({layer.digest, layer.size});
    if (found != offsets.end()) {
      write(present->read_at(found->second, static_cast<std::size_t>(layer.size)));
      continue;
    }
    const auto take = [&](std::span<const std::byte> bytes) {
      write({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    };
    layers.stream(layer, take);
    fetched += layer.size;
  }
  output.sync();
  return fetched;
}

}  // namespace registry
