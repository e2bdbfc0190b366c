// Uncompressed bytes on their way from the thread that inflates a layer to the one that walks through it.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <vector>

namespace scanner::layers {

struct RawPiece {
  std::vector<std::byte> buffer;
  std::size_t size = 0;                // of its front that is filled
  std::uint64_t compressed_bytes = 0;  // of the layer that were read when it was
};

// A queue of kWaitingMax pieces, whose buffers go round. One thread pushes, another pops.
class RawPieces {
 public:
  static constexpr std::size_t kWaitingMax = 2;

  // Takes the buffer and leaves another of the same size in its place. Waits for room. False: nobody pops any more.
  [[nodiscard]] bool push(std::vector<std::byte>& buffer, std::size_t size, std::uint64_t compressed_bytes);
  // Nothing more is pushed.
  void end();

  // Waits for a piece; nullopt: it was the last. The piece before it is given back.
  [[nodiscard]] std::optional<RawPiece> pop(std::optional<RawPiece> done);
  // Nothing more is popped.
  void close();

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<RawPiece> waiting_;
  std::vector<std::vector<std::byte>> free_;
  bool is_ended_ = false;
  bool is_closed_ = false;
};

}  // namespace scanner::layers
