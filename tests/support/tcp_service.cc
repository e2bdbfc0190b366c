#include "tests/support/tcp_service.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <limits>
#include "tests/support/loopback.h"

namespace tests {
namespace {

// The peer gets an RST. The descriptor stays open, for another thread may be about to use it, and is no socket any
// more.
void reset(int socket) {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  ::shutdown(socket, SHUT_RD);  // who reads it lets go of it
  const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  ::dup3(nothing, socket, O_CLOEXEC);
  ::close(nothing);
}

void break_connection(int backend, int client, TcpService::Breaking how) {
  switch (how) {
    case TcpService::Breaking::kStall:
      return;
    case TcpService::Breaking::kReset:
      reset(client);
      break;
    case TcpService::Breaking::kEnd:
      ::shutdown(client, SHUT_RDWR);
      break;
  }
  ::shutdown(backend, SHUT_RDWR);
}

// Everything from one socket to the other, then the end as well, unless the connection is to break before.
void carry(int from, int to, const std::optional<TcpService::Break>& breaks = {}) {
  std::array<char, 16384> buffer{};
  std::size_t bytes_max = breaks ? breaks->after_bytes : std::numeric_limits<std::size_t>::max();
  while (true) {
    if (bytes_max == 0) return break_connection(from, to, breaks->how);
    const ssize_t received = ::recv(from, buffer.data(), std::min(buffer.size(), bytes_max), 0);
    if (received <= 0) break;
    bytes_max -= static_cast<std::size_t>(received);
    for (ssize_t sent = 0; sent < received;) {
      const ssize_t one = ::send(to, buffer.data() + sent, static_cast<std::size_t>(received - sent), MSG_NOSIGNAL);
      if (one <= 0) break;
      sent += one;
    }
  }
  ::shutdown(to, SHUT_WR);
}

}  // namespace

TcpService::TcpService() {
  const Listener listener = listen_on_loopback(128);
  listener_ = listener.socket;
  port_ = listener.port;
  prober_ = std::jthread([this](const std::stop_token& stop) { probe_all(stop); });
  acceptor_ = std::jthread([this] { accept_all(); });
}

TcpService::~TcpService() {
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  ::close(listener_);
  prober_.request_stop();
  prober_.join();
  for (const int socket : sockets_) ::shutdown(socket, SHUT_RDWR);
  carriers_.clear();
  for (const int socket : sockets_) ::close(socket);
}

void TcpService::add(int port, std::function<bool()> is_ready) {
  const std::lock_guard lock(mutex_);
  backends_.push_back({.port = port, .is_ready = std::move(is_ready)});
}

void TcpService::remove(int port) {
  const std::lock_guard lock(mutex_);
  std::erase_if(backends_, [port](const Backend& backend) { return backend.port == port; });
}

void TcpService::cut(Cut cut) {
  const std::lock_guard lock(mutex_);
  cut_ = std::move(cut);
}

std::size_t TcpService::ready() const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(
      std::count_if(backends_.begin(), backends_.end(), [](const Backend& backend) { return backend.ready; }));
}

void TcpService::probe_all(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock pause(mutex);
  do {
    std::vector<Backend> backends;
    {
      const std::lock_guard lock(mutex_);
      backends = backends_;
    }
    for (Backend& backend : backends) {
      const bool is_ready = backend.is_ready();
      const std::lock_guard lock(mutex_);
      for (Backend& own : backends_) {
        if (own.port == backend.port) own.ready = is_ready;
      }
    }
  } while (!wake.wait_for(pause, stop, std::chrono::milliseconds(200), [] { return false; }) && !stop.stop_requested());
}

void TcpService::accept_all() {
  while (true) {
    const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) return;
    serve(client);
  }
}

int TcpService::choose() {
  for (std::size_t tried = 0; tried < backends_.size(); ++tried) {
    const Backend& backend = backends_[next_++ % backends_.size()];
    if (backend.ready) return backend.port;
  }
  return 0;
}

void TcpService::serve(int client) {
  const std::lock_guard lock(mutex_);
  const sockaddr_in address = loopback(choose());
  const int backend = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (::connect(backend, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    ::close(backend);
    ::close(client);
    return;
  }
  sockets_.push_back(client);
  sockets_.push_back(backend);
  carriers_.emplace_back([client, backend] { carry(client, backend); });
  const std::optional<Break> breaks = cut_ ? cut_() : std::nullopt;
  carriers_.emplace_back([client, backend, breaks] { carry(backend, client, breaks); });
}

}  // namespace tests
