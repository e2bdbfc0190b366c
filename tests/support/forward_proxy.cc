#include "tests/support/forward_proxy.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include "tests/support/loopback.h"

namespace tests {
namespace {

bool send_all(int to, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(to, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

// Both ways, until one side ends.
void relay(int left, int right) {
  std::array<pollfd, 2> ready{pollfd{left, POLLIN, 0}, pollfd{right, POLLIN, 0}};
  std::array<char, 16384> buffer{};
  while (::poll(ready.data(), ready.size(), -1) > 0) {
    for (std::size_t side = 0; side < ready.size(); ++side) {
      if (ready[side].revents == 0) continue;
      const ssize_t received = ::recv(ready[side].fd, buffer.data(), buffer.size(), 0);
      if (received <= 0) return;
      if (!send_all(ready[1 - side].fd, {buffer.data(), static_cast<std::size_t>(received)})) return;
    }
  }
}

// Up to the empty line; empty when the client went away before.
std::string read_head(int client) {
  std::string head;
  std::array<char, 4096> buffer{};
  while (head.find("\r\n\r\n") == std::string::npos) {
    const ssize_t received = ::recv(client, buffer.data(), buffer.size(), 0);
    if (received <= 0) return {};
    head.append(buffer.data(), static_cast<std::size_t>(received));
  }
  return head;
}

struct Asked {
  std::string line;
  std::string method;
  std::string authority;
  std::string path;
};

Asked read_line(const std::string& head) {
  Asked asked{.line = head.substr(0, head.find("\r\n")), .method = {}, .authority = {}, .path = {}};
  const std::size_t space = asked.line.find(' ');
  asked.method = asked.line.substr(0, space);
  const std::string target = asked.line.substr(space + 1, asked.line.rfind(' ') - space - 1);
  const std::size_t host = target.find("://") == std::string::npos ? 0 : target.find("://") + 3;
  const std::size_t path = target.find('/', host);
  asked.authority = target.substr(host, path == std::string::npos ? path : path - host);
  if (asked.authority.find(':') == std::string::npos) asked.authority += ":80";
  asked.path = path == std::string::npos ? "/" : target.substr(path);
  return asked;
}

}  // namespace

ForwardProxy::ForwardProxy(std::map<std::string, int> ports, std::string authorization)
    : ports_(std::move(ports)), authorization_(std::move(authorization)) {
  const Listener listener = listen_on_loopback(16);
  listener_ = listener.socket;
  port_ = listener.port;
  acceptor_ = std::jthread([this] { accept_all(); });
}

ForwardProxy::~ForwardProxy() {
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  ::close(listener_);
  {
    const std::lock_guard lock(mutex_);
    for (const int socket : sockets_) ::shutdown(socket, SHUT_RDWR);
  }
  servers_.clear();
  for (const int socket : sockets_) ::close(socket);
}

std::vector<std::string> ForwardProxy::asked() const {
  const std::lock_guard lock(mutex_);
  return asked_;
}

void ForwardProxy::accept_all() {
  while (true) {
    const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) return;
    const std::lock_guard lock(mutex_);
    sockets_.push_back(client);
    servers_.emplace_back([this, client] {
      serve(client);
      ::shutdown(client, SHUT_RDWR);
    });
  }
}

int ForwardProxy::connect_to(const std::string& authority) const {
  const auto known = ports_.find(authority);
  if (known == ports_.end()) return -1;
  const sockaddr_in address = loopback(known->second);
  const int backend = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (::connect(backend, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return backend;
  ::close(backend);
  return -1;
}

void ForwardProxy::serve(int client) {
  const std::string head = read_head(client);
  if (head.empty()) return;
  const Asked asked = read_line(head);
  {
    const std::lock_guard lock(mutex_);
    asked_.push_back(asked.line);
  }
  if (!authorization_.empty() && head.find("Proxy-Authorization: " + authorization_ + "\r\n") == std::string::npos) {
    send_all(client, "HTTP/1.1 407 Who are you\r\nProxy-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n");
    return;
  }
  const int backend = connect_to(asked.authority);
  if (backend < 0) {
    send_all(client, "HTTP/1.1 502 No such host\r\nContent-Length: 0\r\n\r\n");
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    sockets_.push_back(backend);
  }
  if (asked.method == "CONNECT") {
    send_all(client, "HTTP/1.1 200 Connected\r\nX-Of-The-Proxy: yes\r\n\r\n");
  } else {
    // The next request may be for another host: one a connection.
    const std::string rest = head.substr(head.find("\r\n") + 2);
    send_all(backend, asked.method + " " + asked.path + " HTTP/1.1\r\nConnection: close\r\n" + rest);
  }
  relay(client, backend);
}

}  // namespace tests
