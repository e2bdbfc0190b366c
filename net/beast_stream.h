// A server's side of a connection: bytes in and out of an Asio socket, with TLS or without. Private to the server's
// files.
//
// The socket is waited for, and read and written by plain calls once it is ready: who waits holds no buffer. With TLS,
// OpenSSL reads and writes the socket itself; asio::ssl::stream puts four buffers of 17 KiB each between the two for as
// long as the connection lasts, and copies every byte through two of them. Here a thousand clients that stall cost what
// they said.
#pragma once

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <memory>
#include <optional>
#include <utility>

#include "net/tls_context.h"

namespace net {

// Bound to io_context's own executor: the default, any executor, costs an allocation an operation.
using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;

// Whether a call on a socket that failed with this errno is to be made again when the socket is ready.
inline bool may_come_again(int error) {
  return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

// Each operation's handler must keep the stream alive; there may be one read and one write at a time. All of one
// thread.
class SocketStream {
 public:
  using executor_type = Socket::executor_type;
  using Error = boost::system::error_code;

  explicit SocketStream(Socket socket) : socket_(std::move(socket)) {}
  virtual ~SocketStream() = default;
  SocketStream(const SocketStream&) = delete;
  SocketStream& operator=(const SocketStream&) = delete;

  [[nodiscard]] executor_type get_executor() { return socket_.get_executor(); }
  [[nodiscard]] Socket& socket() { return socket_; }
  // Whether async_handshake() must come first.
  [[nodiscard]] virtual bool has_handshake() const = 0;
  // Of the other end, after the handshake.
  [[nodiscard]] virtual ClientIdentity client() const = 0;

  // handler(error). Each step runs on the executor that the handler is bound to.
  template <typename Handler>
  void async_handshake(Handler handler) {
    const auto executor = boost::asio::get_associated_executor(handler, get_executor());
    resume_when(
        Socket::wait_read, executor, [this] { return handshake(); },
        [handler = std::move(handler)](const Error& error, std::size_t) mutable { handler(error); });
  }

  // handler(error, bytes), called right behind the read: `into` may be shared by all streams of a thread. The end of
  // the stream is an error.
  template <typename Handler>
  void async_read_some(boost::asio::mutable_buffer into, Handler handler) {
    auto act = [this, into] { return read(into); };
    if (!holds_input()) return resume_when(Socket::wait_read, get_executor(), std::move(act), std::move(handler));
    boost::asio::post(get_executor(), [this, act = std::move(act), handler = std::move(handler)]() mutable {
      resume(get_executor(), std::move(act), std::move(handler));
    });
  }

  // handler(error, bytes). Some of the first buffer.
  template <typename Buffers, typename Handler>
  void async_write_some(const Buffers& buffers, Handler handler) {
    const boost::asio::const_buffer from = *boost::asio::buffer_sequence_begin(buffers);
    start([this, from] { return from.size() == 0 ? Outcome() : write(from); }, std::move(handler));
  }

  // handler(error). Tells the other end that nothing more comes; does not wait until it says the same.
  template <typename Handler>
  void async_shutdown(Handler handler) {
    start([this] { return say_goodbye(); },
          [handler = std::move(handler)](const Error& error, std::size_t) mutable { handler(error); });
  }

 protected:
  // Of a step: over, or to be made again when the socket is ready.
  struct Outcome {
    std::optional<Socket::wait_type> waits_for{};
    Error error{};
    std::size_t bytes = 0;
  };

 private:
  [[nodiscard]] virtual Outcome handshake() = 0;
  [[nodiscard]] virtual Outcome read(boost::asio::mutable_buffer into) = 0;
  [[nodiscard]] virtual Outcome write(boost::asio::const_buffer from) = 0;
  [[nodiscard]] virtual Outcome say_goodbye() = 0;
  // Whether there may be something to read although the socket has nothing.
  [[nodiscard]] virtual bool holds_input() const = 0;

  // Acts now; the handler comes later all the same, as Asio's own operations have it.
  template <typename Act, typename Handler>
  void start(Act act, Handler handler) {
    const Outcome outcome = act();
    if (outcome.waits_for) return resume_when(*outcome.waits_for, get_executor(), std::move(act), std::move(handler));
    boost::asio::post(get_executor(),
                      [outcome, handler = std::move(handler)]() mutable { handler(outcome.error, outcome.bytes); });
  }
  template <typename Executor, typename Act, typename Handler>
  void resume(const Executor& executor, Act act, Handler handler) {
    const Outcome outcome = act();
    if (outcome.waits_for) return resume_when(*outcome.waits_for, executor, std::move(act), std::move(handler));
    handler(outcome.error, outcome.bytes);
  }
  template <typename Executor, typename Act, typename Handler>
  void resume_when(Socket::wait_type ready, const Executor& executor, Act act, Handler handler) {
    auto step = [this, executor, act = std::move(act), handler = std::move(handler)](const Error& error) mutable {
      if (error) return handler(error, 0);
      resume(executor, std::move(act), std::move(handler));
    };
    socket_.async_wait(ready, boost::asio::bind_executor(executor, std::move(step)));
  }

  Socket socket_;
};

[[nodiscard]] std::unique_ptr<SocketStream> make_plain_stream(Socket socket);
[[nodiscard]] std::unique_ptr<SocketStream> make_tls_stream(Socket socket, SslContext context);

}  // namespace net
