// What every sandboxed child does at its end of the pipes.
#pragma once

#include <functional>
#include <string_view>

#include "scanner/worker/frames.h"
#include "scanner/worker/sandbox.h"

namespace scanner::worker {

// To standard output. Throws base::NetworkError when the parent is gone.
void write_frame(FrameType type, std::string_view payload);

// The first frame: what confines this child.
void say_hello(const SandboxReport& sandbox);

// Runs `work` and ends the process; its status says how (exit_status.h). No destructors and exit handlers run: they may
// want system calls that are denied by now, and freed memory need not be returned one object at a time.
[[noreturn]] void end_with_status_of(const std::function<void()>& work);

}  // namespace scanner::worker
