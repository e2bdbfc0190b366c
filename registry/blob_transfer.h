// A blob's way from a registry, taken up again where it was broken: by a Range request, or where a registry ignores
// that, by passing over what came already. The digest of the whole is verified behind it. Private to registry/.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

#include "base/clock.h"
#include "base/patience.h"
#include "net/http_client.h"
#include "registry/image_source.h"
#include "registry/limits.h"

namespace registry {

// RFC 9110, 14.2: the value of a Range header for everything from `offset` on.
[[nodiscard]] std::string range_from(std::uint64_t offset);

// Belongs to one thread.
class BlobTransfer {
 public:
  struct Part {
    std::uint64_t offset = 0;
    std::chrono::milliseconds time_left{0};  // that the registry may take, without what `on_bytes` takes
  };
  // Asks for the bytes from the offset on, by one request.
  using Ask = std::function<void(const Part& part, const net::OnHeaders& on_head, const net::OnBody& on_body)>;

  struct Terms {
    const base::Clock& clock;
    Pace pace{};
    base::Patience patience{};
  };
  // Borrows `blob`, `on_bytes` and the clock.
  BlobTransfer(const Descriptor& blob, const OnBlobBytes& on_bytes, Terms terms);

  // Asks until an answer came to its end. Throws what `ask` throws: base::NetworkError where the first request was not
  // answered, where kResumesMax more in a row did not or kResumesInAllMax were not enough, where all of them took
  // longer than the pace allows, past the deadline and on a stop request; other errors at once. base::ParseError for an
  // answer that is another piece.
  void run(const Ask& ask);

 private:
  void ask_once(const Ask& ask);
  void ask_for_rest(const Ask& ask);
  [[nodiscard]] bool is_over() const;
  void check_head(const net::HttpResponse& head);
  void take(std::span<const char> piece);
  void pause(int doublings) const;

  const Descriptor& blob_;
  const OnBlobBytes& on_bytes_;
  const Terms terms_;
  base::SteadyTime::duration time_left_;    // that the registry may take
  base::SteadyTime::duration consumed_{0};  // by `on_bytes`, of this answer
  std::uint64_t received_ = 0;
  std::uint64_t passed_over_ = 0;  // of this answer
  std::uint64_t pass_over_ = 0;    // of this answer: what came already
  bool was_answered_ = false;      // the head of an answer came
  bool says_its_end_ = false;      // of this answer: how long it is, or chunk by chunk
};

}  // namespace registry
