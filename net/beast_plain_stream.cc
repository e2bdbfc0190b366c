#include <sys/socket.h>

#include <boost/asio/error.hpp>
#include <cerrno>

#include "net/beast_stream.h"

namespace net {

namespace {

class PlainStream final : public SocketStream {
 public:
  using SocketStream::SocketStream;
  [[nodiscard]] bool has_handshake() const override { return false; }
  [[nodiscard]] ClientIdentity client() const override { return {}; }

 private:
  [[nodiscard]] Outcome handshake() override { return {}; }
  [[nodiscard]] Outcome say_goodbye() override { return {}; }
  [[nodiscard]] bool holds_input() const override { return false; }

  [[nodiscard]] Outcome read(boost::asio::mutable_buffer into) override {
    const ssize_t received = recv(socket().native_handle(), into.data(), into.size(), MSG_DONTWAIT);
    if (received == 0) return {.error = boost::asio::error::eof};
    return judge(received, Socket::wait_read);
  }
  [[nodiscard]] Outcome write(boost::asio::const_buffer from) override {
    return judge(send(socket().native_handle(), from.data(), from.size(), MSG_DONTWAIT | MSG_NOSIGNAL),
                 Socket::wait_write);
  }

  static Outcome judge(ssize_t result, Socket::wait_type ready) {
    if (result >= 0) return {.bytes = static_cast<std::size_t>(result)};
    if (may_come_again(errno)) return {.waits_for = ready};
    return {.error = Error(errno, boost::system::system_category())};
  }
};

}  // namespace

std::unique_ptr<SocketStream> make_plain_stream(Socket socket) {
  return std::make_unique<PlainStream>(std::move(socket));
}

}  // namespace net
