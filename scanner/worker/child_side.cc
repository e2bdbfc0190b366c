#include "scanner/worker/child_side.h"

#include <errno.h>
#include <unistd.h>

#include <new>
#include <span>

#include "base/error.h"
#include "scanner/worker/exit_status.h"

namespace scanner::worker {
namespace {

void write_all(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t count = write(STDOUT_FILENO, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) throw base::NetworkError("cannot write to the parent");
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
}

ExitStatus status_of(const std::function<void()>& work) {
  try {
    work();
    return ExitStatus::kDone;
  } catch (const base::ConfigError&) {
    return ExitStatus::kNoSandbox;
  } catch (const std::bad_alloc&) {
    return ExitStatus::kOutOfMemory;
  } catch (const std::exception&) {
    return ExitStatus::kProtocolError;
  }
}

}  // namespace

void write_frame(FrameType type, std::string_view payload) {
  write_all(encode_frame_header({.type = type, .length = static_cast<std::uint32_t>(payload.size())}));
  write_all(std::as_bytes(std::span(payload)));
}

void say_hello(const SandboxReport& sandbox) {
  write_frame(FrameType::kHello, write_sandbox_report(sandbox));
}

void end_with_status_of(const std::function<void()>& work) {
  _exit(static_cast<int>(status_of(work)));
}

}  // namespace scanner::worker
