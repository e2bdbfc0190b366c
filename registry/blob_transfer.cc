#include "registry/blob_transfer.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>

#include "base/error.h"
#include "base/limits.h"
#include "base/log.h"

namespace registry {

namespace {

// A size is a claim: what is past this is for ever, and fits into a clock's numbers.
constexpr std::chrono::hours kLongest{24 * 365};

std::chrono::milliseconds time_for(std::uint64_t bytes, const Pace& pace) {
  const std::uint64_t milliseconds =
      base::multiply_saturating(bytes, 1000) / std::max<std::uint64_t>(pace.blob_bytes_per_second_min, 1);
  const std::chrono::milliseconds longest(kLongest);
  const auto most = static_cast<std::uint64_t>(longest.count());
  return pace.blob_base_max + std::chrono::milliseconds(std::min(milliseconds, most));
}

}  // namespace

std::string range_from(std::uint64_t offset) {
  return "bytes=" + std::to_string(offset) + "-";
}

BlobTransfer::BlobTransfer(const Descriptor& blob, const OnBlobBytes& on_bytes, Terms terms)
    : blob_(blob), on_bytes_(on_bytes), terms_(std::move(terms)), time_left_(time_for(blob.size, terms_.pace)) {}

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
      if (!was_answered_ || is_over() || in_vain > kResumesMax) throw;
      if (resumes == kResumesInAllMax) throw;
    }
    if (in_vain > 0) pause(in_vain - 1);
  }
}

bool BlobTransfer::is_over() const {
  return terms_.patience.stop.stop_requested() || time_left_ < std::chrono::milliseconds(1) ||
         terms_.clock.steady_now() >= terms_.patience.deadline;
}

// What the registry took counts, whether its answer came to its end or not.
void BlobTransfer::ask_once(const Ask& ask) {
  struct Watch {
    BlobTransfer& transfer;
    const base::SteadyTime began = transfer.terms_.clock.steady_now();
    ~Watch() { transfer.time_left_ -= transfer.terms_.clock.steady_now() - began - transfer.consumed_; }
  };
  passed_over_ = 0;
  pass_over_ = 0;
  says_its_end_ = false;
  consumed_ = {};
  const Watch watch{.transfer = *this};
  ask_for_rest(ask);
}

void BlobTransfer::ask_for_rest(const Ask& ask) {
  ask(
      {.offset = received_, .time_left = std::chrono::ceil<std::chrono::milliseconds>(time_left_)},
      [this](const net::HttpResponse& head) { check_head(head); },
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
  const base::SteadyTime handed_over = terms_.clock.steady_now();
  on_bytes_(std::as_bytes(piece));
  consumed_ += terms_.clock.steady_now() - handed_over;
}

void BlobTransfer::pause(int doublings) const {
  std::mutex mutex;
  std::condition_variable_any changed;
  std::unique_lock lock(mutex);
  changed.wait_for(lock, terms_.patience.stop, kResumePause * (1 << doublings), [] { return false; });
}

}  // namespace registry
