#include "registry/blob_transfer.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>

#include "base/error.h"
#include "base/log.h"
#include "registry/limits.h"

namespace registry {

std::string range_from(std::uint64_t offset) {
  return "bytes=" + std::to_string(offset) + "-";
}

void BlobTransfer::run(const Ask& ask) {
  int in_vain = 0;
  for (int resumes = 0;; ++resumes) {
    const std::uint64_t received_before = received_;
    try {
      ask_once(ask);
      return;
    } catch (const base::NetworkError&) {
      in_vain = received_ == received_before ? in_vain + 1 : 0;
      // What was never answered was refused or cannot be reached, which others wait for better.
      if (!was_answered_ || stop_.stop_requested() || in_vain > kResumesMax) throw;
      if (resumes == kResumesInAllMax) throw;
    }
    if (in_vain > 0) pause(in_vain - 1);
  }
}

void BlobTransfer::ask_once(const Ask& ask) {
  passed_over_ = 0;
  pass_over_ = 0;
  says_its_end_ = false;
  ask(
      received_, [this](const net::HttpResponse& head) { check_head(head); },
      [this](std::span<const char> piece) {
        take(piece);
        return true;
      });
  // An answer that says nowhere where it ends may have been cut without anybody noticing: in its head even, which then
  // never comes here.
  was_answered_ = true;
  if (received_ < blob_.size && !says_its_end_) {
    throw base::NetworkError("blob " + blob_.digest.text() + ": the connection ended after " +
                             std::to_string(received_) + " of " + std::to_string(blob_.size) + " bytes");
  }
}

void BlobTransfer::check_head(const net::HttpResponse& head) {
  was_answered_ = true;
  says_its_end_ =
      net::find_header(head.headers, "Content-Length") || net::find_header(head.headers, "Transfer-Encoding");
  if (head.status != 206) {
    pass_over_ = received_;
    return;
  }
  const std::string range = net::find_header(head.headers, "Content-Range").value_or("");
  if (!range.starts_with("bytes " + std::to_string(received_) + "-")) {
    throw base::ParseError("blob " + blob_.digest.text() + ": asked for the bytes from " + std::to_string(received_) +
                           " on, the registry answered with \"" + base::escape_text(range, 100) + "\"");
  }
}

void BlobTransfer::take(std::span<const char> piece) {
  const std::uint64_t again = std::min<std::uint64_t>(pass_over_ - passed_over_, piece.size());
  passed_over_ += again;
  piece = piece.subspan(static_cast<std::size_t>(again));
  if (piece.empty()) return;
  received_ += piece.size();
  on_bytes_(std::as_bytes(piece));
}

void BlobTransfer::pause(int doublings) const {
  std::mutex mutex;
  std::condition_variable_any changed;
  std::unique_lock lock(mutex);
  changed.wait_for(lock, stop_, kResumePause * (1 << doublings), [] { return false; });
}

}  // namespace registry
