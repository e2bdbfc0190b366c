#include "scanner/worker/worker_main.h"

#include <errno.h>
#include <malloc.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/error.h"
#include "scanner/layers/budgets.h"
#include "scanner/layers/second_thread.h"
#include "scanner/report_json.h"
#include "scanner/worker/child_side.h"
#include "scanner/worker/frames.h"
#include "scanner/worker/image_reader.h"
#include "scanner/worker/lone_layer_reader.h"
#include "scanner/worker/sandbox.h"

namespace scanner::worker {
namespace {

constexpr std::size_t kInputBytes = 256 << 10;

// Standard input through one buffer, so that small frames do not cost a system call each.
class Input {
 public:
  Input() : buffer_(kInputBytes) {}

  // nullopt at the end of the input between two frames.
  [[nodiscard]] std::optional<FrameHeader> read_header() {
    FrameHeaderBytes header{};
    for (std::size_t filled = 0; filled < header.size();) {
      const std::span<const std::byte> piece = read_piece(header.size() - filled);
      if (piece.empty() && filled == 0) return std::nullopt;
      if (piece.empty()) throw base::NetworkError("the parent went away");
      std::copy(piece.begin(), piece.end(), header.begin() + static_cast<std::ptrdiff_t>(filled));
      filled += piece.size();
    }
    return decode_frame_header(header);
  }

  // Between 1 and `bytes_max` bytes, valid until the next call; none at the end of the input.
  [[nodiscard]] std::span<const std::byte> read_piece(std::size_t bytes_max) {
    if (begin_ == end_) {
      begin_ = 0;
      end_ = fill();
    }
    const std::size_t count = std::min(bytes_max, end_ - begin_);
    const auto piece = std::span(buffer_).subspan(begin_, count);
    begin_ += count;
    return piece;
  }

 private:
  [[nodiscard]] std::size_t fill() {
    ssize_t count = 0;
    do {
      count = read(STDIN_FILENO, buffer_.data(), buffer_.size());
    } while (count < 0 && errno == EINTR);
    if (count < 0) throw base::NetworkError("cannot read from the parent");
    return static_cast<std::size_t>(count);
  }

  std::vector<std::byte> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

template <typename OnPiece>
void read_payload(Input& input, std::size_t length, OnPiece on_piece) {
  while (length != 0) {
    const std::span<const std::byte> piece = input.read_piece(length);
    if (piece.empty()) throw base::NetworkError("the parent went away");
    on_piece(piece);
    length -= piece.size();
  }
}

std::string read_text(Input& input, std::size_t length) {
  std::string text;
  read_payload(input, length, [&](std::span<const std::byte> piece) {
    text.append(reinterpret_cast<const char*>(piece.data()), piece.size());
  });
  return text;
}

Frame answer_of(LoneLayerReader& layer) {
  return {.type = FrameType::kRecord, .payload = layer.finish()};
}

Frame answer_of(ImageReader& image) {
  return {.type = FrameType::kResult, .payload = write_bounded_inventory(image.finish())};
}

void merge(LoneLayerReader& /*layer*/, std::string_view /*payload*/) {
  throw base::ParseError("pipe protocol: a record where a layer is read alone");
}

void merge(ImageReader& image, std::string_view payload) {
  const std::size_t digest_end = payload.find('\n');
  if (digest_end == std::string_view::npos) throw base::ParseError("pipe protocol: a record without a digest");
  image.merge(payload.substr(0, digest_end), payload.substr(digest_end + 1));
}

// From `frame` on, to the answer; nullopt when the parent closed the pipe to give the image up.
template <typename Reader>
std::optional<Frame> read_frames(Input& input, std::optional<FrameHeader> frame, Reader& reader) {
  for (; frame; frame = input.read_header()) {
    switch (frame->type) {
      case FrameType::kLayer:
        reader.begin_layer(read_text(input, frame->length));
        break;
      case FrameType::kData:
        read_payload(input, frame->length, [&](std::span<const std::byte> piece) { reader.feed(piece); });
        break;
      case FrameType::kLayerEnd:
        reader.end_layer();
        break;
      case FrameType::kMerge:
        merge(reader, read_text(input, frame->length));
        break;
      case FrameType::kFinish:
        return answer_of(reader);
      case FrameType::kBudgets:
      case FrameType::kAlone:
      case FrameType::kHashed:
        throw base::ParseError("pipe protocol: a frame that may only be the first");
      case FrameType::kHello:
      case FrameType::kDiffId:
      case FrameType::kRecord:
      case FrameType::kResult:
      case FrameType::kPairs:
      case FrameType::kNote:
      case FrameType::kProgress:
      case FrameType::kSummary:
      case FrameType::kFailure:
        throw base::ParseError("pipe protocol: a frame in the wrong direction");
    }
  }
  return std::nullopt;
}

void write_answer(const std::optional<Frame>& answer) {
  if (answer) write_frame(answer->type, answer->payload);
}

void answer_lone_layer(Input& input, const layers::Limits& limits, DiffId diff_id, layers::SecondThread* walker) {
  LoneLayerReader layer(limits, diff_id, walker);
  const std::optional<Frame> answer = read_frames(input, input.read_header(), layer);
  if (answer && diff_id == DiffId::kWanted) {
    write_frame(FrameType::kDiffId, layer.diff_id() ? layer.diff_id()->text() : "");
  }
  write_answer(answer);
}

void answer_input(Input& input, layers::SecondThread* walker) {
  std::optional<FrameHeader> first = input.read_header();
  layers::Limits limits;
  if (first && first->type == FrameType::kBudgets) {
    limits = layers::parse_budgets(read_text(input, first->length));
    first = input.read_header();
  }
  if (first && (first->type == FrameType::kAlone || first->type == FrameType::kHashed)) {
    return answer_lone_layer(input, limits, first->type == FrameType::kHashed ? DiffId::kWanted : DiffId::kIgnored,
                             walker);
  }
  ImageReader image(limits, walker);
  write_answer(read_frames(input, first, image));
}

// nullopt: no number from 1 on.
std::optional<std::chrono::seconds> parse_seconds(std::string_view text) {
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  const bool is_number = error == std::errc{} && end == text.data() + text.size() && seconds > 0;
  return is_number ? std::optional(std::chrono::seconds(seconds)) : std::nullopt;
}

// Freed memory need not be returned one object at a time at the end; the process is over.
void run_confined(std::chrono::seconds processor_time_max) {
  // Both threads take from one heap: what one gave back the other can have.
  static_cast<void>(mallopt(M_ARENA_MAX, 1));
  std::unique_ptr<layers::SecondThread> walker;
  say_hello(enter_sandbox(processor_time_max, [&] {
    if (std::thread::hardware_concurrency() > 1) walker = std::make_unique<layers::SecondThread>();
  }));
  Input input;
  answer_input(input, walker.get());
}

}  // namespace

bool is_worker(int argc, const char* const* argv) {
  return argc == 3 && std::string_view(argv[1]) == "worker" && parse_seconds(argv[2]);
}

int run(const char* const* argv) {
  const std::optional<std::chrono::seconds> processor_time_max = parse_seconds(argv[2]);
  CHECK(processor_time_max.has_value());
  end_with_status_of([&] { run_confined(*processor_time_max); });
}

}  // namespace scanner::worker
