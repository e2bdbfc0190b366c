#include "scanner/feeds/feed_cache.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <utility>

#include "base/digest.h"
#include "base/error.h"
#include "base/output_file.h"
#include "scanner/advisories/feed_files.h"
#include "scanner/advisories/file_reader.h"
#include "scanner/feeds/feed_frames.h"

namespace scanner::feeds {
namespace {

namespace fs = std::filesystem;

using advisories::BuildSource;
using advisories::FileReader;
using worker::Frame;
using worker::FrameType;

constexpr std::string_view kMagic = "pratique feed 1\n";
constexpr std::size_t kDigestBytes = 64;  // in hexadecimal digits
constexpr auto kUnusedMax = std::chrono::hours(7 * 24);
constexpr std::size_t kPieceBytes = std::size_t{1} << 20;

void hash_file(base::Sha256& hash, const FileReader& file, std::uint64_t end) {
  std::string piece(kPieceBytes, '\0');
  for (std::uint64_t offset = 0; offset < end;) {
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(kPieceBytes, end - offset));
    const std::size_t count = file.read_some(offset, std::span(piece).first(wanted));
    if (count == 0) return;
    hash.update(std::string_view(piece).substr(0, count));
    offset += count;
  }
}

std::string digest_of_file(const std::string& path) {
  const FileReader file(path);
  base::Sha256 hash;
  hash_file(hash, file, file.size());
  return hash.finish().hex();
}

// Of every file of the feed, with its place in it.
std::string digest_of_feed(const BuildSource& source) {
  base::Sha256 hash;
  for (const fs::path& path : advisories::feed_files(source.path, {""})) {
    hash.update(fmt::format("{}\n{}\n", path.lexically_relative(source.path).string(), digest_of_file(path)));
  }
  return hash.finish().hex();
}

// The head of a file, which says what it remembers.
std::string head_of(std::string_view program, const BuildSource& source, std::string_view feed) {
  return fmt::format("{}{}\n", kMagic, base::sha256_hex(fmt::format("{}\n{}\n{}", program, source.format, feed)));
}

// A remembered feed whose bytes are those that were written.
class RememberedFeed {
 public:
  // nullopt when there is none, or it begins with another head, or is damaged.
  [[nodiscard]] static std::optional<RememberedFeed> open(const std::string& path, const std::string& head) {
    if (!fs::is_regular_file(path)) return std::nullopt;
    auto file = std::make_unique<FileReader>(path);
    if (file->size() < head.size() + kDigestBytes || file->read_at(0, head.size()) != head) return std::nullopt;
    base::Sha256 hash;
    const std::uint64_t end = file->size() - kDigestBytes;
    hash_file(hash, *file, end);
    if (hash.finish().hex() != file->read_at(end, kDigestBytes)) return std::nullopt;
    return RememberedFeed(std::move(file), head.size());
  }

  [[nodiscard]] FeedSummary hand_over(const PairSink& sink) {
    for (;;) {
      if (std::optional<FeedSummary> summary = take_feed_frame(next(), sink)) return *summary;
    }
  }

 private:
  RememberedFeed(std::unique_ptr<FileReader> file, std::uint64_t offset) : file_(std::move(file)), offset_(offset) {}

  [[nodiscard]] Frame next() {
    const std::string head = file_->read_at(offset_, worker::kFrameHeaderBytes);
    const auto header = worker::decode_frame_header(
        std::as_bytes(std::span<const char, worker::kFrameHeaderBytes>(head.data(), worker::kFrameHeaderBytes)));
    Frame frame{.type = header.type, .payload = file_->read_at(offset_ + head.size(), header.length)};
    offset_ += head.size() + frame.payload.size();
    return frame;
  }

  std::unique_ptr<FileReader> file_;
  std::uint64_t offset_;
};

// Whether a cache gives such a name: 64 hexadecimal digits, and the number of a process that writes it. Nothing else in
// the directory is ours to delete.
bool is_own_name(const std::string& name) {
  const auto are = [](std::string_view text, std::string_view allowed) {
    return text.find_first_not_of(allowed) == std::string_view::npos;
  };
  const std::string_view text(name);
  if (text.size() < kDigestBytes || !are(text.substr(0, kDigestBytes), "0123456789abcdef")) return false;
  const std::string_view more = text.substr(kDigestBytes);
  return more.empty() || (more.size() > 1 && more.front() == '.' && are(more.substr(1), "0123456789"));
}

// Of feeds whose path nobody names any more, and what killed processes left.
void remove_unused(const std::string& directory) {
  const fs::file_time_type oldest = fs::file_time_type::clock::now() - kUnusedMax;
  for (const fs::directory_entry& entry : fs::directory_iterator(directory)) {
    if (!is_own_name(entry.path().filename().string())) continue;
    std::error_code gone_already;
    if (entry.last_write_time(gone_already) < oldest && !gone_already) fs::remove(entry.path(), gone_already);
  }
}

// Writes one while the feed is read.
class FeedRecorder {
 public:
  FeedRecorder(const std::string& path, const std::string& head)
      : temporary_(fmt::format("{}.{}", path, getpid())), file_(temporary_.path(), 0600), frames_(writer()) {
    write(head);
  }

  // Hands on to `sink` what it records.
  [[nodiscard]] PairSink before(const PairSink& sink) {
    recorder_ = frames_.sink();
    return {.on_pair =
                [this, &sink](std::string key, std::string value) {
                  recorder_.on_pair(key, value);
                  sink.on_pair(std::move(key), std::move(value));
                },
            .on_note =
                [this, &sink](FeedNote note) {
                  recorder_.on_note(note);
                  if (sink.on_note) sink.on_note(std::move(note));
                },
            .on_progress = sink.on_progress};
  }

  void keep_as(const std::string& path, const FeedSummary& summary) {
    frames_.finish(summary);
    file_.write(hash_.finish().hex());
    temporary_.keep_as(path);
  }

 private:
  [[nodiscard]] FeedFrameWriter::Write writer() {
    return [this](FrameType type, std::string_view payload) {
      const auto header =
          worker::encode_frame_header({.type = type, .length = static_cast<std::uint32_t>(payload.size())});
      write({reinterpret_cast<const char*>(header.data()), header.size()});
      write(payload);
    };
  }

  void write(std::string_view bytes) {
    hash_.update(bytes);
    file_.write(bytes);
  }

  base::TemporaryFile temporary_;
  base::OutputFile file_;
  base::Sha256 hash_;
  FeedFrameWriter frames_;
  PairSink recorder_;
};

}  // namespace

FeedCache::FeedCache(std::string directory, advisories::ReadFeed read)
    : directory_(std::move(directory)), read_(std::move(read)), program_(digest_of_file("/proc/self/exe")) {}

FeedSummary FeedCache::operator()(const BuildSource& source, const PairSink& sink) const {
  const std::string feed = digest_of_feed(source);
  const std::string head = head_of(program_, source, feed);
  const std::string path = path_of(source);
  if (std::optional<RememberedFeed> remembered = RememberedFeed::open(path, head)) {
    fs::last_write_time(path, fs::file_time_type::clock::now());
    return remembered->hand_over(sink);
  }
  remove_unused(directory_);

  FeedRecorder recorder(path, head);
  const FeedSummary summary = read_(source, recorder.before(sink));
  // A feed that is being replaced is not known by what it was.
  if (digest_of_feed(source) == feed) recorder.keep_as(path, summary);
  return summary;
}

std::string FeedCache::path_of(const BuildSource& source) const {
  const std::string place = fs::absolute(source.path).lexically_normal();
  return fmt::format("{}/{}", directory_, base::sha256_hex(fmt::format("{}:{}", source.format, place)));
}

}  // namespace scanner::feeds
