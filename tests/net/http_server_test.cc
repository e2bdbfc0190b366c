// The server over plain HTTP, spoken to byte by byte. Deadlines, limits and late answers are in
// http_server_load_test.cc, TLS in tls_server_test.cc.
#include "net/http_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "base/error.h"
#include "base/guarded.h"
#include "tests/net/server_fixture.h"

namespace net {
namespace {

using testing::ask;
using testing::count;
using testing::echo;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using testing::kGetAndClose;
using testing::RawConnection;
using testing::start;
using ::testing::StartsWith;

TEST(HttpServer, AnswersWithLengthAndType) {
  const auto server = start(echo);

  const std::string answer = ask(server->port(), kGetAndClose);

  EXPECT_EQ(answer,
            "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: 9\r\n\r\nGET /a?b ");
}

TEST(HttpServer, GivesTheHandlerHeadersPathAndPeer) {
  const auto server = start([](const ServerRequest& request, Responder responder) {
    responder.respond({.body = find_header(request.headers, "x-two").value_or("") + "|" + std::string(request.path()) +
                               "|" + request.peer});
  });

  const std::string answer =
      ask(server->port(), "GET /p?q HTTP/1.1\r\nHost: x\r\nX-Two: 1\r\nx-two: 2\r\nConnection: close\r\n\r\n");

  EXPECT_THAT(answer, EndsWith("1, 2|/p|127.0.0.1"));
}

TEST(HttpServer, KeepsTheConnectionAndAnswersPipelinedRequestsInOrder) {
  const auto server = start(echo);
  RawConnection connection(server->port());

  connection.send("GET /1 HTTP/1.1\r\nHost: x\r\n\r\nPOST /2 HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc");
  const std::string two = connection.read_until("abc");
  connection.send("GET /3 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const std::string third = connection.read_all();

  EXPECT_EQ(count(two, "200 OK"), 2U);
  EXPECT_LT(two.find("GET /1"), two.find("POST /2 abc"));
  EXPECT_THAT(third, HasSubstr("GET /3"));
}

TEST(HttpServer, AnswersPipelinedRequestsThatAreAnsweredLater) {
  base::Guarded<std::vector<std::jthread>> threads;
  const auto server = start([&](ServerRequest request, Responder responder) {
    threads.with([&](auto& list) {
      list.emplace_back([request = std::move(request), responder = std::move(responder)]() mutable {
        responder.respond({.body = request.target});
      });
    });
  });

  const std::string answer =
      ask(server->port(), "GET /1 HTTP/1.1\r\nHost: x\r\n\r\n" +
                              std::string("GET /2 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));

  EXPECT_EQ(count(answer, "200 OK"), 2U);
  EXPECT_LT(answer.find("/1"), answer.find("/2"));
}

TEST(HttpServer, ReadsARequestThatComesByteByByte) {
  const auto server = start(echo);
  RawConnection connection(server->port());

  for (const char c : std::string("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")) {
    connection.send({&c, 1});
  }

  EXPECT_THAT(connection.read_all(), EndsWith("POST / ok"));
}

struct BadRequest {
  std::string name;
  std::string bytes;
  std::string status;
};
void PrintTo(const BadRequest& request, std::ostream* out) {
  *out << request.name;
}

class HttpServerBadRequest : public ::testing::TestWithParam<BadRequest> {};

TEST_P(HttpServerBadRequest, IsRefusedAndTheConnectionClosed) {
  const auto server = start(echo, {.header_bytes_max = 1024, .body_bytes_max = 1000});

  const std::string answer = ask(server->port(), GetParam().bytes);

  EXPECT_THAT(answer, StartsWith("HTTP/1.1 " + GetParam().status));
  EXPECT_EQ(count(answer, "HTTP/1.1"), 1U) << answer;
}

const std::string kHead = "POST / HTTP/1.1\r\nHost: x\r\n";
INSTANTIATE_TEST_SUITE_P(
    Rows, HttpServerBadRequest,
    ::testing::Values(
        BadRequest{"NoHttp", "\x16\x03\x01\x02\r\n\r\n", "400"}, BadRequest{"NoHost", "GET / HTTP/1.1\r\n\r\n", "400"},
        BadRequest{"TwoHosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "400"},
        BadRequest{"AbsoluteTarget", "GET http://x/ HTTP/1.1\r\nHost: x\r\n\r\n", "400"},
        BadRequest{"SpaceInFieldName", "GET / HTTP/1.1\r\nHost: x\r\nA b: c\r\n\r\n", "400"},
        BadRequest{"TwoContentLengths", kHead + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", "400"},
        BadRequest{"ContentLengthAndChunked",
                   kHead + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"},
        BadRequest{"ChunkedAndContentLength",
                   kHead + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n", "400"},
        BadRequest{"NegativeContentLength", kHead + "Content-Length: -1\r\n\r\n", "400"},
        BadRequest{"OtherTransferCoding", kHead + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "501"},
        BadRequest{"NegativeChunk", kHead + "Transfer-Encoding: chunked\r\n\r\n-5\r\nabcde\r\n0\r\n\r\n", "400"},
        BadRequest{"HugeChunk", kHead + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n", "400"},
        BadRequest{"OtherExpectation", kHead + "Content-Length: 3\r\nExpect: tea\r\n\r\nabc", "417"},
        BadRequest{"Http2Preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "400"},
        BadRequest{"LongHeader", "GET / HTTP/1.1\r\nHost: x\r\nA: " + std::string(2000, 'a') + "\r\n\r\n", "431"},
        BadRequest{"EndlessHeader", "GET /" + std::string(100'000, 'a'), "431"},
        BadRequest{"LongBody", kHead + "Content-Length: 1001\r\n\r\n" + std::string(1001, 'a'), "413"},
        BadRequest{"HugeContentLength", kHead + "Content-Length: 4000000000\r\n\r\nabc", "413"},
        BadRequest{"LongChunkedBody",
                   kHead + "Transfer-Encoding: chunked\r\n\r\n400\r\n" + std::string(1024, 'a') + "\r\n0\r\n\r\n",
                   "413"}),
    [](const auto& row) { return row.param.name; });

TEST(HttpServer, ReadsChunkedRequestsWithExtensionsAndTrailers) {
  const auto server = start(echo);

  const std::string answer = ask(server->port(),
                                 "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
                                 "3;a=b\r\nabc\r\n2\r\nde\r\n0\r\nTrailer: x\r\n\r\n");

  EXPECT_THAT(answer, EndsWith("POST / abcde"));
}

TEST(HttpServer, TellsAClientThatAsksToSendItsBody) {
  const auto server = start(echo);
  RawConnection connection(server->port());

  connection.send(
      "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(connection.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  connection.send("ok");

  EXPECT_THAT(connection.read_all(), EndsWith("POST / ok"));
}

TEST(HttpServer, RefusesABodyBeforeItIsSent) {
  const auto server = start(echo, {.body_bytes_max = 10});

  const std::string answer =
      ask(server->port(), "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\nExpect: 100-continue\r\n\r\n");

  EXPECT_THAT(answer, StartsWith("HTTP/1.1 413"));
}

TEST(HttpServer, SendsNoBodyForHead) {
  const auto server = start(echo);

  const std::string answer = ask(server->port(), "HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");

  EXPECT_THAT(answer, HasSubstr("Content-Length: 7\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\n"));
}

TEST(HttpServer, ClosesAfterHttp10) {
  const auto server = start(echo);

  EXPECT_THAT(ask(server->port(), "GET / HTTP/1.0\r\n\r\n"), HasSubstr("Connection: close"));
}

TEST(HttpServer, AnswersFiveHundredWhenTheHandlerThrows) {
  const auto server = start([](const ServerRequest&, const Responder&) { throw base::ParseError("broken"); });

  const std::string answer = ask(server->port(), kGetAndClose);

  EXPECT_THAT(answer, StartsWith("HTTP/1.1 500 Internal Server Error"));
  EXPECT_THAT(answer, ::testing::Not(HasSubstr("broken")));
}

TEST(HttpServer, AnswersFiveHundredWhenNobodyAnswers) {
  const auto server = start([](const ServerRequest&, const Responder&) {});

  EXPECT_THAT(ask(server->port(), kGetAndClose), StartsWith("HTTP/1.1 500"));
}

TEST(HttpServer, LeavesOutAFieldThatWouldBeginAnother) {
  const auto server = start([](const ServerRequest&, Responder responder) {
    responder.respond({.headers = {{"Location", "/a\r\nSet-Cookie: b"}, {"X-Good", "c"}}});
  });

  const std::string answer = ask(server->port(), kGetAndClose);

  EXPECT_THAT(answer, HasSubstr("X-Good: c\r\n"));
  EXPECT_THAT(answer, ::testing::Not(HasSubstr("Set-Cookie")));
}

TEST(HttpServer, NamesThePortThatIsTaken) {
  const auto server = start(echo);

  try {
    const auto second = make_http_server({.name = "second", .address = "127.0.0.1", .port = server->port()}, echo);
    FAIL() << "two servers on one port";
  } catch (const base::NetworkError& error) {
    EXPECT_THAT(error.what(), HasSubstr("127.0.0.1 port " + std::to_string(server->port())));
  }
}

}  // namespace
}  // namespace net
