// The server over TLS where the other end does not keep to the usual: bytes that come one by one, records that come
// together, who reads slowly or not at all, who goes in the midst, and what all of these cost in memory.
#include <gtest/gtest.h>
#include <malloc.h>
#include <openssl/ssl.h>
#include <sys/ioctl.h>
#include <sys/resource.h>

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "net/certificates.h"
#include "net/http_server.h"
#include "tests/net/raw_connection.h"
#include "tests/net/server_fixture.h"

namespace net {
namespace {

using std::chrono::milliseconds;
using testing::becomes_true;
using testing::count;
using testing::echo;
using testing::kGet;
using testing::kGetAndClose;
using testing::RawConnection;

// A client whose every byte passes through the test, so that it can hold some back.
class TlsClient {
 public:
  explicit TlsClient(int port)
      : connection_(port),
        context_(SSL_CTX_new(TLS_client_method()), SSL_CTX_free),
        ssl_(SSL_new(context_.get()), SSL_free) {
    from_server_ = BIO_new(BIO_s_mem());
    to_server_ = BIO_new(BIO_s_mem());
    SSL_set_bio(ssl_.get(), from_server_, to_server_);
    SSL_set_connect_state(ssl_.get());
  }

  // What this end has to send now.
  std::string take_output() {
    std::string bytes(BIO_ctrl_pending(to_server_), '\0');
    if (!bytes.empty()) BIO_read(to_server_, bytes.data(), static_cast<int>(bytes.size()));
    return bytes;
  }
  // Whether it came to an end; `piece` bytes are sent at a time, and the request leaves with the last flight.
  bool shake_hands(std::size_t piece, std::string_view request = {}) {
    while (true) {
      const int outcome = SSL_do_handshake(ssl_.get());
      if (outcome == 1 && !request.empty()) SSL_write(ssl_.get(), request.data(), static_cast<int>(request.size()));
      send_in_pieces(take_output(), piece);
      if (outcome == 1) return true;
      if (SSL_get_error(ssl_.get(), outcome) != SSL_ERROR_WANT_READ || !receive()) return false;
    }
  }
  // The records of a text, unsent.
  std::string seal(std::string_view text) {
    SSL_write(ssl_.get(), text.data(), static_cast<int>(text.size()));
    return take_output();
  }
  bool send_in_pieces(std::string_view bytes, std::size_t piece) {
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      if (!connection_.send(bytes.substr(at, piece))) return false;
    }
    return true;
  }
  // Everything until the server has ended; `ended`: it said so, and did not only close.
  std::string read_all(bool& ended) {
    std::string all;
    char buffer[16384];
    while (true) {
      const int size = SSL_read(ssl_.get(), buffer, sizeof buffer);
      if (size > 0) {
        all.append(buffer, static_cast<std::size_t>(size));
        continue;
      }
      ended = SSL_get_error(ssl_.get(), size) == SSL_ERROR_ZERO_RETURN;
      if (ended || !receive()) return all;
    }
  }
  [[nodiscard]] int unread_bytes() const {
    int bytes = 0;
    ioctl(connection_.socket(), FIONREAD, &bytes);
    return bytes;
  }
  RawConnection& wire() { return connection_; }

 private:
  bool receive() {
    char buffer[4096];
    const ssize_t size = recv(connection_.socket(), buffer, sizeof buffer, 0);
    return size > 0 && BIO_write(from_server_, buffer, static_cast<int>(size)) == size;
  }

  RawConnection connection_;
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_;
  BIO* from_server_ = nullptr;
  BIO* to_server_ = nullptr;
};

class TlsWire : public ::testing::Test {
 protected:
  void start(Handler handler, ServerLimits limits = {}) {
    const base::SystemTime now = base::RealClock().system_now();
    const KeyPair authority = make_authority("test authority", now, std::chrono::hours(24));
    const KeyPair pair = issue_leaf(authority, {.common_name = "server", .dns_names = {"localhost"}}, now);
    server_ = make_http_server({.name = "test",
                                .address = "127.0.0.1",
                                .limits = limits,
                                .tls = std::make_shared<const ServerTls>(
                                    ServerTls{.certificate_chain_pem = pair.certificate_pem, .key_pem = pair.key_pem}),
                                .reserves_room = true},
                               std::move(handler));
  }
  [[nodiscard]] int port() const { return server_->port(); }
  // Bytes on the heap, of this process and so of both ends.
  static std::size_t heap_bytes() {
    const struct mallinfo2 now = mallinfo2();
    return now.uordblks + now.hblkhd;
  }

  std::unique_ptr<HttpServer> server_;
};

TEST_F(TlsWire, TakesBytesThatComeOneByOne) {
  start(echo);
  TlsClient client(port());
  ASSERT_TRUE(client.shake_hands(1));
  client.send_in_pieces(client.seal(kGetAndClose), 1);

  bool ended = false;
  EXPECT_TRUE(client.read_all(ended).ends_with("GET /a?b "));
  EXPECT_TRUE(ended) << "the end is said, so that nobody can cut an answer short";
}

// The socket is empty by the time that the second request is asked for: it lies with OpenSSL.
TEST_F(TlsWire, AnswersEveryRequestOfOneSegment) {
  start(echo);
  TlsClient client(port());
  ASSERT_TRUE(client.shake_hands(4096));
  std::string records;
  for (int i = 0; i < 20; ++i) records += client.seal(kGet);
  records += client.seal(std::string(kGet) + std::string(kGetAndClose));
  client.send_in_pieces(records, records.size());

  bool ended = false;
  EXPECT_EQ(count(client.read_all(ended), "HTTP/1.1 200"), 22U);
}

TEST_F(TlsWire, AnswersARequestThatComesWithTheEndOfTheHandshake) {
  start(echo);
  TlsClient client(port());
  ASSERT_TRUE(client.shake_hands(1 << 20, kGetAndClose));

  bool ended = false;
  EXPECT_TRUE(client.read_all(ended).starts_with("HTTP/1.1 200"));
}

TEST_F(TlsWire, WaitsForAClientThatReadsSlowly) {
  const std::string body(12 << 20, 'b');
  start([&](const ServerRequest&, Responder responder) { responder.respond({.body = body}); });
  TlsClient client(port());
  ASSERT_TRUE(client.shake_hands(4096));
  client.send_in_pieces(client.seal(kGetAndClose), 4096);
  ASSERT_TRUE(
      becomes_true([&] { return client.unread_bytes() > 64 << 10; }));  // the server waits for room by then, or soon

  bool ended = false;
  const std::string answer = client.read_all(ended);
  EXPECT_TRUE(answer.ends_with(body)) << answer.size();
  EXPECT_TRUE(ended);
}

TEST_F(TlsWire, LetsGoOfAClientThatDoesNotRead) {
  const std::string body(64 << 20, 'b');
  start([&](const ServerRequest&, Responder responder) { responder.respond({.body = body}); },
        {.write_timeout = milliseconds(150)});
  TlsClient client(port());
  ASSERT_TRUE(client.shake_hands(4096));
  client.send_in_pieces(client.seal(kGet), 4096);

  EXPECT_TRUE(becomes_true([&] { return server_->counts().connections == 0; }));
}

// A write to a socket whose other end was reset raises SIGPIPE, which ends a process that does not ignore it.
TEST_F(TlsWire, SurvivesClientsThatGoInTheMidstOfTheirAnswers) {
  const std::string body(8 << 20, 'b');
  start([&](const ServerRequest&, Responder responder) { responder.respond({.body = body}); });
  for (int i = 0; i < 20; ++i) {
    TlsClient client(port());
    ASSERT_TRUE(client.shake_hands(4096));
    client.send_in_pieces(client.seal(kGet), 4096);
    const linger reset{.l_onoff = 1, .l_linger = 0};
    setsockopt(client.wire().socket(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  }

  EXPECT_TRUE(becomes_true([&] { return server_->counts().connections == 0; }));
}

TEST_F(TlsWire, ClosesWhereARecordWasForged) {
  start(echo);
  TlsClient client(port());
  ASSERT_TRUE(client.shake_hands(4096));
  std::string record = client.seal(kGet);
  record.back() = static_cast<char>(record.back() ^ 1);
  client.send_in_pieces(record, record.size());

  EXPECT_TRUE(client.wire().is_closed_by_peer());
  EXPECT_TRUE(becomes_true([&] { return server_->counts().connections == 0; }));
}

TEST_F(TlsWire, SpendsNothingOnWhoSaysNothing) {
  constexpr std::size_t kClients = 200;
  start(echo);
  const std::size_t before = heap_bytes();
  std::vector<std::unique_ptr<RawConnection>> silent;
  for (std::size_t i = 0; i < kClients; ++i) silent.push_back(std::make_unique<RawConnection>(port()));
  ASSERT_TRUE(becomes_true([&] { return server_->counts().connections == kClients; }));

  EXPECT_LT((heap_bytes() - before) / kClients, 4096U);
}

TEST_F(TlsWire, KeepsNoBuffersForWhoIsIdle) {
  constexpr std::size_t kClients = 50;
  start(echo);
  const std::size_t before = heap_bytes();
  std::vector<std::unique_ptr<TlsClient>> idle;
  for (std::size_t i = 0; i < kClients; ++i) {
    idle.push_back(std::make_unique<TlsClient>(port()));
    ASSERT_TRUE(idle.back()->shake_hands(4096));
  }
  // Of both ends: a server's with buffers of a record alone would have more.
  EXPECT_LT((heap_bytes() - before) / kClients, std::size_t{100} << 10);
}

// As many descriptors as it may have connections are not to be had everywhere.
TEST_F(TlsWire, StartsWithFewDescriptors) {
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  rlimit few = before;
  few.rlim_cur = 64;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &few), 0);
  start(echo);
  TlsClient client(port());
  EXPECT_TRUE(client.shake_hands(4096));
  setrlimit(RLIMIT_NOFILE, &before);
}

}  // namespace
}  // namespace net
