// The server over plain HTTP, spoken to byte by byte; TLS is in tls_server_test.cc.
#include "net/http_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <thread>
#include <vector>

#include "base/error.h"
#include "base/guarded.h"
#include "tests/net/raw_connection.h"

namespace net {
namespace {

using std::chrono::milliseconds;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using testing::RawConnection;
using ::testing::StartsWith;

void echo(ServerRequest request, Responder responder) {
  responder.respond({.body = request.method + " " + request.target + " " + request.body, .content_type = "text/plain"});
}

std::unique_ptr<HttpServer> start(Handler handler, ServerLimits limits = {}) {
  return make_http_server({.name = "test", .address = "127.0.0.1", .limits = limits}, std::move(handler));
}

std::string ask(int port, std::string_view request) {
  RawConnection connection(port);
  connection.send(request);
  return connection.read_all();
}

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

constexpr std::string_view kGet = "GET /a?b HTTP/1.1\r\nHost: x\r\n\r\n";
constexpr std::string_view kGetAndClose = "GET /a?b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

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

// Keeps responders until the test answers them.
class Parking {
 public:
  Handler handler() {
    return [this](const ServerRequest&, Responder responder) {
      parked_.with([&](auto& list) { list.push_back(std::move(responder)); });
      arrived_.set_value();
    };
  }
  // Waits for the next request.
  Responder take() {
    arrived_.get_future().wait();
    arrived_ = {};
    return parked_.with([](auto& list) {
      Responder responder = std::move(list.back());
      list.pop_back();
      return responder;
    });
  }

 private:
  base::Guarded<std::vector<Responder>> parked_;
  std::promise<void> arrived_;
};

bool becomes_true(const std::function<bool()>& condition) {
  const auto give_up_at = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!condition() && std::chrono::steady_clock::now() < give_up_at) std::this_thread::yield();
  return condition();
}

TEST(HttpServer, LetsARequestBeAnsweredLaterFromAnotherThread) {
  Parking parking;
  const auto server = start(parking.handler());
  RawConnection connection(server->port());

  connection.send(kGetAndClose);
  Responder responder = parking.take();
  responder.respond({.body = "late"});

  EXPECT_THAT(connection.read_all(), EndsWith("late"));
}

TEST(HttpServer, NoticesAClientThatGoesAwayWhileItsRequestIsParked) {
  Parking parking;
  const auto server = start(parking.handler());
  RawConnection connection(server->port());
  connection.send(kGet);
  const Responder responder = parking.take();
  EXPECT_FALSE(responder.abandoned());

  connection.close();

  EXPECT_TRUE(becomes_true([&] { return responder.abandoned(); }));
}

TEST(HttpServer, RefusesMoreRequestsInFlightThanItsLimit) {
  Parking parking;
  const auto server = start(parking.handler(), {.requests_in_flight_max = 1});
  RawConnection first(server->port());
  first.send(kGetAndClose);
  Responder responder = parking.take();

  const std::string second = ask(server->port(), kGetAndClose);
  responder.respond({.body = "first"});

  EXPECT_THAT(second, StartsWith("HTTP/1.1 503"));
  EXPECT_THAT(second, HasSubstr("Retry-After: 1\r\n"));
  EXPECT_THAT(first.read_all(), EndsWith("first"));
}

TEST(HttpServer, TakesRequestsAgainWhenThoseInFlightAreAnswered) {
  const auto server = start(echo, {.requests_in_flight_max = 1});

  for (int round = 0; round < 5; ++round) {
    EXPECT_THAT(ask(server->port(), kGetAndClose), StartsWith("HTTP/1.1 200"));
  }
}

TEST(HttpServer, StreamsAnAnswerInChunks) {
  Parking parking;
  const auto server = start(parking.handler());
  RawConnection connection(server->port());
  connection.send(kGet);
  Responder responder = parking.take();

  responder.start(200, {{"Content-Type", "application/x-ndjson"}});
  EXPECT_TRUE(responder.write("one\n"));
  EXPECT_THAT(connection.read_until("one"), HasSubstr("Transfer-Encoding: chunked\r\n\r\n4\r\none"));
  EXPECT_TRUE(responder.write("twelve bytes"));
  responder.end();

  EXPECT_THAT(connection.read_until("0\r\n\r\n"), EndsWith("c\r\ntwelve bytes\r\n0\r\n\r\n"));
}

TEST(HttpServer, TakesTheNextRequestAfterAStreamedAnswer) {
  const auto server = start([](const ServerRequest& request, Responder responder) {
    responder.start(200, {});
    EXPECT_TRUE(responder.write(request.target));
    responder.end();
  });
  RawConnection connection(server->port());

  for (int round = 0; round < 3; ++round) {
    connection.send(kGet);
    EXPECT_THAT(connection.read_until("0\r\n\r\n"), HasSubstr("/a?b"));
  }
}

TEST(HttpServer, EndsAStreamForHttp10WithTheConnection) {
  Parking parking;
  const auto server = start(parking.handler());
  RawConnection connection(server->port());
  connection.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  Responder responder = parking.take();

  responder.start(200, {});
  EXPECT_TRUE(responder.write("piece"));
  responder.end();

  EXPECT_THAT(connection.read_all(), EndsWith("\r\n\r\npiece"));
}

TEST(HttpServer, CutsTheConnectionWhenAStreamIsNotEnded) {
  Parking parking;
  const auto server = start(parking.handler());
  RawConnection connection(server->port());
  connection.send(kGet);
  {
    Responder responder = parking.take();
    responder.start(200, {});
    EXPECT_TRUE(responder.write("half"));
  }

  EXPECT_THAT(connection.read_all(), ::testing::Not(HasSubstr("0\r\n\r\n")));
}

TEST(HttpServer, TellsAStreamThatItsClientIsGone) {
  Parking parking;
  const auto server = start(parking.handler());
  RawConnection connection(server->port());
  connection.send(kGet);
  Responder responder = parking.take();
  responder.start(200, {});

  connection.close();

  EXPECT_TRUE(becomes_true([&] { return !responder.write("piece"); }));
}

TEST(HttpServer, GivesUpAStreamWhoseClientDoesNotRead) {
  Parking parking;
  const auto server = start(parking.handler(), {.write_timeout = milliseconds(200)});
  RawConnection connection(server->port());
  connection.send(kGet);
  Responder responder = parking.take();
  responder.start(200, {});

  const std::string piece(1 << 20, 'x');
  bool accepted = true;
  for (int i = 0; i < 1000 && accepted; ++i) accepted = responder.write(piece);

  EXPECT_FALSE(accepted);
}

TEST(HttpServer, ClosesAConnectionThatSendsHalfAHead) {
  const auto server = start(echo, {.read_timeout = milliseconds(150)});

  EXPECT_THAT(ask(server->port(), "GET / HT"), StartsWith("HTTP/1.1 408"));
}

TEST(HttpServer, ClosesAConnectionThatSendsHalfABody) {
  const auto server = start(echo, {.read_timeout = milliseconds(150)});

  EXPECT_THAT(ask(server->port(), "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab"),
              StartsWith("HTTP/1.1 408"));
}

TEST(HttpServer, ClosesAnIdleConnection) {
  const auto server = start(echo, {.idle_timeout = milliseconds(150)});
  RawConnection fresh(server->port());
  RawConnection used(server->port());
  used.send(kGet);

  EXPECT_TRUE(fresh.is_closed_by_peer());
  EXPECT_TRUE(used.is_closed_by_peer());
}

TEST(HttpServer, DoesNotCloseAParkedRequestForItsAge) {
  Parking parking;
  const auto server = start(parking.handler(), {.read_timeout = milliseconds(100), .idle_timeout = milliseconds(100)});
  RawConnection parked(server->port());
  parked.send(kGetAndClose);
  Responder responder = parking.take();

  // An idle connection is closed by the same deadline, so when it is closed the parked one has outlived it.
  RawConnection idle(server->port());
  EXPECT_TRUE(idle.is_closed_by_peer());
  responder.respond({.body = "late"});

  EXPECT_THAT(parked.read_all(), EndsWith("late"));
}

TEST(HttpServer, MakesRoomForANewConnectionByClosingAnIdleOne) {
  const auto server = start(echo, {.connections_max = 2});
  RawConnection oldest(server->port());
  oldest.send(kGet);
  oldest.read_until("/a?b ");
  RawConnection second(server->port());
  second.send(kGet);
  second.read_until("/a?b ");

  const std::string answer = ask(server->port(), kGetAndClose);

  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200"));
  EXPECT_TRUE(oldest.is_closed_by_peer());
}

TEST(HttpServer, RefusesConnectionsPastTheLimitWhenNoneIsIdle) {
  Parking parking;
  const auto server = start(parking.handler(), {.connections_max = 1});
  RawConnection busy(server->port());
  busy.send(kGetAndClose);
  Responder responder = parking.take();

  EXPECT_EQ(ask(server->port(), kGetAndClose), "");
  responder.respond({.body = "served"});

  EXPECT_THAT(busy.read_all(), EndsWith("served"));
}

TEST(HttpServer, ServesManyConnectionsOnSeveralThreads) {
  const auto server = make_http_server(
      {.name = "test", .address = "127.0.0.1", .threads = 3},
      [](ServerRequest request, Responder responder) { responder.respond({.body = std::move(request.body)}); });
  std::atomic<int> right = 0;
  {
    std::vector<std::jthread> clients;
    for (int client = 0; client < 8; ++client) {
      clients.emplace_back([&, client] {
        RawConnection connection(server->port());
        for (int i = 0; i < 50; ++i) {
          const std::string body = "<" + std::to_string(client) + "," + std::to_string(i) + ">";
          connection.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
                          body);
          if (connection.read_until(">").ends_with(body)) ++right;
        }
      });
    }
  }

  EXPECT_EQ(right, 400);
}

TEST(HttpServer, StopLetsRequestsInFlightFinish) {
  Parking parking;
  const auto server = start(parking.handler());
  RawConnection connection(server->port());
  connection.send(kGet);
  Responder responder = parking.take();

  std::jthread stopping([&] { server->stop(std::chrono::seconds(10)); });
  EXPECT_TRUE(becomes_true([&] { return !RawConnection(server->port()).is_connected(); }));
  responder.respond({.body = "last"});

  EXPECT_THAT(connection.read_all(), EndsWith("last"));
}

TEST(HttpServer, StopClosesWhatOutlastsTheGrace) {
  Parking parking;
  const auto server = start(parking.handler());
  RawConnection connection(server->port());
  connection.send(kGet);
  Responder responder = parking.take();

  server->stop(milliseconds(20));

  EXPECT_EQ(connection.read_all(), "");
  EXPECT_TRUE(responder.abandoned());
}

TEST(HttpServer, AResponderMayOutliveItsServer) {
  Parking parking;
  auto server = start(parking.handler());
  RawConnection connection(server->port());
  connection.send(kGet);
  Responder answering = parking.take();
  RawConnection streamed(server->port());
  streamed.send(kGet);
  Responder streaming = parking.take();
  streaming.start(200, {});

  server.reset();

  answering.respond({.body = "to nobody"});
  EXPECT_FALSE(streaming.write("to nobody"));
  streaming.end();
}

TEST(HttpServer, ClosesIdleConnectionsWhenItStops) {
  const auto server = start(echo);
  RawConnection connection(server->port());
  connection.send(kGet);
  connection.read_until("/a?b ");

  const auto before = std::chrono::steady_clock::now();
  server->stop(std::chrono::seconds(30));

  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(10));
  EXPECT_TRUE(connection.is_closed_by_peer());
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
