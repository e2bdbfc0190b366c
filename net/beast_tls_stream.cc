#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/error.hpp>
#include <cerrno>
#include <limits>

#include "base/error.h"
#include "net/beast_stream.h"

namespace net {

namespace {

// The socket itself is asked for its descriptor each time: the number of a closed one may be somebody else's by now.
int descriptor_of(BIO* bio) {
  return static_cast<Socket*>(BIO_get_data(bio))->native_handle();
}

int receive(BIO* bio, char* into, int size) {
  BIO_clear_retry_flags(bio);
  const ssize_t received = recv(descriptor_of(bio), into, static_cast<std::size_t>(size), MSG_DONTWAIT);
  if (received < 0 && may_come_again(errno)) BIO_set_retry_read(bio);
  return static_cast<int>(received);
}

// OpenSSL's own BIO for sockets would raise SIGPIPE where the client has gone.
int transmit(BIO* bio, const char* from, int size) {
  BIO_clear_retry_flags(bio);
  const ssize_t sent = send(descriptor_of(bio), from, static_cast<std::size_t>(size), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (sent < 0 && may_come_again(errno)) BIO_set_retry_write(bio);
  return static_cast<int>(sent);
}

long control(BIO*, int command, long, void*) {
  return command == BIO_CTRL_FLUSH ? 1 : 0;  // nothing is held back
}

const BIO_METHOD* socket_method() {
  static const BIO_METHOD* const method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket of Asio");
    CHECK(made != nullptr && BIO_meth_set_read(made, receive) == 1 && BIO_meth_set_write(made, transmit) == 1 &&
          BIO_meth_set_ctrl(made, control) == 1);
    return made;
  }();
  return method;
}

int int_size(std::size_t size) {
  return static_cast<int>(std::min<std::size_t>(size, std::numeric_limits<int>::max()));
}

// What OpenSSL tells of a failure is read from what earlier calls left behind, unless that is cleared.
void forget_errors() {
  ERR_clear_error();
  errno = 0;
}

class TlsStream final : public SocketStream {
 public:
  TlsStream(Socket socket, SslContext context) : SocketStream(std::move(socket)), context_(std::move(context)) {}
  [[nodiscard]] bool has_handshake() const override { return true; }
  [[nodiscard]] ClientIdentity client() const override { return client_identity(ssl_.get()); }

 private:
  [[nodiscard]] Outcome handshake() override;
  [[nodiscard]] Outcome read(boost::asio::mutable_buffer into) override;
  [[nodiscard]] Outcome write(boost::asio::const_buffer from) override;
  [[nodiscard]] Outcome say_goodbye() override;
  [[nodiscard]] bool holds_input() const override { return SSL_has_pending(ssl_.get()) != 0; }
  [[nodiscard]] Outcome judge(int result) const;

  struct FreeSsl {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };

  SslContext context_;                 // until there is `ssl_`, which holds its own
  std::unique_ptr<SSL, FreeSsl> ssl_;  // null until the client has spoken
};

SocketStream::Outcome TlsStream::handshake() {
  if (ssl_ == nullptr) {
    ssl_.reset(SSL_new(context_.get()));
    BIO* bio = BIO_new(socket_method());
    CHECK(ssl_ != nullptr && bio != nullptr);
    BIO_set_data(bio, &socket());
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl_.get(), bio, bio);  // owns it
    context_.reset();
  }
  forget_errors();
  return judge(SSL_accept(ssl_.get()));
}

SocketStream::Outcome TlsStream::read(boost::asio::mutable_buffer into) {
  forget_errors();
  return judge(SSL_read(ssl_.get(), into.data(), int_size(into.size())));
}

SocketStream::Outcome TlsStream::write(boost::asio::const_buffer from) {
  forget_errors();
  return judge(SSL_write(ssl_.get(), from.data(), int_size(from.size())));
}

SocketStream::Outcome TlsStream::say_goodbye() {
  forget_errors();
  const int result = SSL_shutdown(ssl_.get());
  return result == 0 ? Outcome() : judge(result);  // 0: said, and not yet answered
}

SocketStream::Outcome TlsStream::judge(int result) const {
  const int cause = errno;
  const auto failed = [](int error) { return Outcome{.error = Error(error, boost::system::system_category())}; };
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_NONE:
      return {.bytes = static_cast<std::size_t>(result)};
    case SSL_ERROR_WANT_READ:
      return {.waits_for = Socket::wait_read};
    case SSL_ERROR_WANT_WRITE:
      return {.waits_for = Socket::wait_write};
    case SSL_ERROR_ZERO_RETURN:
      return {.error = boost::asio::error::eof};
    case SSL_ERROR_SYSCALL:
      return cause == 0 ? Outcome{.error = boost::asio::error::eof} : failed(cause);
    default:
      return failed(EPROTO);
  }
}

}  // namespace

std::unique_ptr<SocketStream> make_tls_stream(Socket socket, SslContext context) {
  return std::make_unique<TlsStream>(std::move(socket), std::move(context));
}

}  // namespace net
