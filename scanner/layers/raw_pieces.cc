#include "scanner/layers/raw_pieces.h"

#include <utility>

namespace scanner::layers {

bool RawPieces::push(std::vector<std::byte>& buffer, std::size_t size, std::uint64_t compressed_bytes) {
  const std::size_t buffer_bytes = buffer.size();
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return is_closed_ || waiting_.size() < kWaitingMax; });
    if (is_closed_) return false;
    waiting_.push_back({.buffer = std::move(buffer), .size = size, .compressed_bytes = compressed_bytes});
    buffer.clear();
    if (!free_.empty()) {
      buffer = std::move(free_.back());
      free_.pop_back();
    }
  }
  changed_.notify_all();
  buffer.resize(buffer_bytes);
  return true;
}

void RawPieces::end() {
  {
    const std::lock_guard lock(mutex_);
    is_ended_ = true;
  }
  changed_.notify_all();
}

std::optional<RawPiece> RawPieces::pop(std::optional<RawPiece> done) {
  std::optional<RawPiece> next;
  {
    std::unique_lock lock(mutex_);
    if (done) free_.push_back(std::move(done->buffer));
    changed_.wait(lock, [this] { return is_ended_ || !waiting_.empty(); });
    if (waiting_.empty()) return std::nullopt;
    next = std::move(waiting_.front());
    waiting_.pop_front();
  }
  changed_.notify_all();
  return next;
}

void RawPieces::close() {
  {
    const std::lock_guard lock(mutex_);
    is_closed_ = true;
  }
  changed_.notify_all();
}

}  // namespace scanner::layers
