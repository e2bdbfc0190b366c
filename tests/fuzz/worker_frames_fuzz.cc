// The pipe between a program and its sandboxed child, which may have been taken over: the heads of frames, what
// confines the child, and the budgets that it is told.
#include <algorithm>
#include <string>

#include "base/error.h"
#include "scanner/layers/budgets.h"
#include "scanner/worker/frames.h"
#include "scanner/worker/sandbox.h"

namespace {

template <typename Check>
void unless_refused(Check check) {
  try {
    check();
  } catch (const base::Error& error) {
    CHECK(*error.what() != '\0');
  }
}

void check_frames(std::span<const std::byte> bytes) {
  while (bytes.size() >= scanner::worker::kFrameHeaderBytes) {
    const auto head = bytes.first<scanner::worker::kFrameHeaderBytes>();
    const scanner::worker::FrameHeader header = scanner::worker::decode_frame_header(head);
    CHECK(header.length <= scanner::worker::kPairsBytesMax);
    CHECK(std::ranges::equal(scanner::worker::encode_frame_header(header), head));
    bytes = bytes.subspan(std::min<std::size_t>(bytes.size(), head.size() + header.length));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  unless_refused([&] { check_frames(std::as_bytes(std::span(text))); });
  unless_refused([&] {
    CHECK(scanner::worker::parse_sandbox_report(scanner::worker::write_sandbox_report(
              scanner::worker::parse_sandbox_report(text))) == scanner::worker::parse_sandbox_report(text));
  });
  unless_refused([&] {
    const scanner::layers::Limits limits = scanner::layers::parse_budgets(text);
    CHECK(scanner::layers::parse_budgets(scanner::layers::write_budgets(limits)) == limits);
  });
  return 0;
}
