#include "tests/support/loopback.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <stdexcept>

namespace tests {

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

Listener listen_on_loopback(int backlog) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(0);
  socklen_t length = sizeof address;
  const bool listens = ::bind(listener, reinterpret_cast<const sockaddr*>(&address), length) == 0 &&
                       ::listen(listener, backlog) == 0 &&
                       ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length) == 0;
  if (!listens) throw std::runtime_error("no port of 127.0.0.1 to listen on");
  return {.socket = listener, .port = ntohs(address.sin_port)};
}

}  // namespace tests
