// A blob's way from a registry, taken up again where it was broken: by a Range request, or where a registry ignores
// that, by passing over what came already. The digest of the whole is verified behind it. Private to registry/.
#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>

#include "net/http_client.h"
#include "registry/image_source.h"

namespace registry {

// RFC 9110, 14.2: the value of a Range header for everything from `offset` on.
[[nodiscard]] std::string range_from(std::uint64_t offset);

// Belongs to one thread.
class BlobTransfer {
 public:
  // Asks for the bytes from `offset` on, by one request.
  using Ask = std::function<void(std::uint64_t offset, const net::OnHeaders& on_head, const net::OnBody& on_body)>;

  // Borrows `blob` and `on_bytes`.
  BlobTransfer(const Descriptor& blob, const OnBlobBytes& on_bytes, std::stop_token stop)
      : blob_(blob), on_bytes_(on_bytes), stop_(std::move(stop)) {}

  // Asks until an answer came to its end. Throws what `ask` throws: base::NetworkError where the first request was not
  // answered, where kResumesMax more in a row did not or kResumesInAllMax were not enough, and on a stop request; other
  // errors at once. base::ParseError for an answer that is another piece.
  void run(const Ask& ask);

 private:
  void ask_once(const Ask& ask);
  void check_head(const net::HttpResponse& head);
  void take(std::span<const char> piece);
  void pause(int doublings) const;

  const Descriptor& blob_;
  const OnBlobBytes& on_bytes_;
  std::stop_token stop_;
  std::uint64_t received_ = 0;
  std::uint64_t passed_over_ = 0;  // of this answer
  std::uint64_t pass_over_ = 0;    // of this answer: what came already
  bool was_answered_ = false;      // the head of an answer came
  bool says_its_end_ = false;      // of this answer: how long it is, or chunk by chunk
};

}  // namespace registry
