// How a child says why it ended. It has no other voice: standard error is closed to it.
#pragma once

namespace scanner::worker {

enum class ExitStatus : int {
  kDone = 0,
  kProtocolError = 70,  // the parent did not keep to the protocol, or our own bug
  kOutOfMemory = 71,    // past the address space that it may have
  kNoSandbox = 72,      // the kernel lacks what the sandbox needs
};

}  // namespace scanner::worker
