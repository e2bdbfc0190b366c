// Sockets of 127.0.0.1, for what tests put between two programs.
#pragma once

#include <netinet/in.h>

namespace tests {

[[nodiscard]] sockaddr_in loopback(int port);

struct Listener {
  int socket = -1;  // the caller's to close
  int port = 0;
};
// On a free port. Throws std::runtime_error.
[[nodiscard]] Listener listen_on_loopback(int backlog);

}  // namespace tests
