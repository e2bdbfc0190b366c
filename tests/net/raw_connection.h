// A TCP connection to a server on loopback that sends and receives bytes as they are. Every read gives up after 10 s.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <string_view>

namespace net::testing {

class RawConnection {
 public:
  explicit RawConnection(int port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  ~RawConnection() { close(); }
  RawConnection(const RawConnection&) = delete;
  RawConnection& operator=(const RawConnection&) = delete;

  [[nodiscard]] bool is_connected() const { return connected_; }
  [[nodiscard]] int socket() const { return socket_; }

  // False when the peer has closed.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  // Everything until the peer closes.
  std::string read_all() {
    std::string all;
    while (read_some(all)) {
    }
    return all;
  }

  // Until `end` has been received; what has come when the peer closes sooner.
  std::string read_until(std::string_view end) {
    std::string all;
    while (all.find(end) == std::string::npos && read_some(all)) {
    }
    return all;
  }

  // Whether the peer has closed the connection within 10 s; bytes that come before are dropped.
  bool is_closed_by_peer() {
    timed_out_ = false;
    read_all();
    return !timed_out_;
  }

  void close() {
    if (socket_ >= 0) ::close(socket_);
    socket_ = -1;
  }

 private:
  bool read_some(std::string& all) {
    pollfd ready{.fd = socket_, .events = POLLIN, .revents = 0};
    if (::poll(&ready, 1, 10'000) <= 0) {
      timed_out_ = true;
      return false;
    }
    char buffer[16384];
    const ssize_t received = ::recv(socket_, buffer, sizeof buffer, 0);
    if (received <= 0) return false;
    all.append(buffer, static_cast<std::size_t>(received));
    return true;
  }

  int socket_;
  bool connected_ = false;
  bool timed_out_ = false;
};

}  // namespace net::testing
