// What the server does under load and over time: answers that come later, streams, limits, deadlines, its end.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "net/http_server.h"
#include "tests/net/server_fixture.h"

namespace net {
namespace {

using std::chrono::milliseconds;
using testing::ask;
using testing::becomes_true;
using testing::echo;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using testing::kGet;
using testing::kGetAndClose;
using testing::ParkedRequest;
using testing::Parking;
using testing::RawConnection;
using testing::start;
using ::testing::StartsWith;

TEST(HttpServerLoad, LetsARequestBeAnsweredLaterFromAnotherThread) {
  ParkedRequest parked(kGetAndClose);

  parked.responder.respond({.body = "late"});

  EXPECT_THAT(parked.connection.read_all(), EndsWith("late"));
}

TEST(HttpServerLoad, NoticesAClientThatGoesAwayWhileItsRequestIsParked) {
  ParkedRequest parked(kGet);
  EXPECT_FALSE(parked.responder.abandoned());

  parked.connection.close();

  EXPECT_TRUE(becomes_true([&] { return parked.responder.abandoned(); }));
}

TEST(HttpServerLoad, RefusesMoreRequestsInFlightThanItsLimit) {
  ParkedRequest parked(kGetAndClose, {.requests_in_flight_max = 1});

  const std::string second = ask(parked.server->port(), kGetAndClose);
  parked.responder.respond({.body = "first"});

  EXPECT_THAT(second, StartsWith("HTTP/1.1 503"));
  EXPECT_THAT(second, HasSubstr("Retry-After: 1\r\n"));
  EXPECT_THAT(parked.connection.read_all(), EndsWith("first"));
}

TEST(HttpServerLoad, TakesRequestsAgainWhenThoseInFlightAreAnswered) {
  const auto server = start(echo, {.requests_in_flight_max = 1});

  for (int round = 0; round < 5; ++round) {
    EXPECT_THAT(ask(server->port(), kGetAndClose), StartsWith("HTTP/1.1 200"));
  }
}

TEST(HttpServerLoad, StreamsAnAnswerInChunks) {
  ParkedRequest parked(kGet);

  parked.responder.start(200, {{"Content-Type", "application/x-ndjson"}});
  EXPECT_TRUE(parked.responder.write("one\n"));
  EXPECT_THAT(parked.connection.read_until("one"), HasSubstr("Transfer-Encoding: chunked\r\n\r\n4\r\none"));
  EXPECT_TRUE(parked.responder.write("twelve bytes"));
  parked.responder.end();

  EXPECT_THAT(parked.connection.read_until("0\r\n\r\n"), EndsWith("c\r\ntwelve bytes\r\n0\r\n\r\n"));
}

TEST(HttpServerLoad, TakesTheNextRequestAfterAStreamedAnswer) {
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

TEST(HttpServerLoad, EndsAStreamForHttp10WithTheConnection) {
  ParkedRequest parked("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");

  parked.responder.start(200, {});
  EXPECT_TRUE(parked.responder.write("piece"));
  parked.responder.end();

  EXPECT_THAT(parked.connection.read_all(), EndsWith("\r\n\r\npiece"));
}

TEST(HttpServerLoad, CutsTheConnectionWhenAStreamIsNotEnded) {
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

TEST(HttpServerLoad, TellsAStreamThatItsClientIsGone) {
  ParkedRequest parked(kGet);
  parked.responder.start(200, {});

  parked.connection.close();

  EXPECT_TRUE(becomes_true([&] { return !parked.responder.write("piece"); }));
}

TEST(HttpServerLoad, GivesUpAStreamWhoseClientDoesNotRead) {
  ParkedRequest parked(kGet, {.write_timeout = milliseconds(200)});
  parked.responder.start(200, {});

  const std::string piece(1 << 20, 'x');
  bool accepted = true;
  for (int i = 0; i < 1000 && accepted; ++i) accepted = parked.responder.write(piece);

  EXPECT_FALSE(accepted);
}

TEST(HttpServerLoad, ClosesAConnectionThatSendsHalfAHead) {
  const auto server = start(echo, {.read_timeout = milliseconds(150)});

  EXPECT_THAT(ask(server->port(), "GET / HT"), StartsWith("HTTP/1.1 408"));
}

TEST(HttpServerLoad, ClosesAConnectionThatSendsHalfABody) {
  const auto server = start(echo, {.read_timeout = milliseconds(150)});

  EXPECT_THAT(ask(server->port(), "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab"),
              StartsWith("HTTP/1.1 408"));
}

TEST(HttpServerLoad, ClosesAnIdleConnection) {
  const auto server = start(echo, {.idle_timeout = milliseconds(150)});
  RawConnection fresh(server->port());
  RawConnection used(server->port());
  used.send(kGet);

  EXPECT_TRUE(fresh.is_closed_by_peer());
  EXPECT_TRUE(used.is_closed_by_peer());
}

TEST(HttpServerLoad, DoesNotCloseAParkedRequestForItsAge) {
  ParkedRequest parked(kGetAndClose, {.read_timeout = milliseconds(100), .idle_timeout = milliseconds(100)});

  // An idle connection is closed by the same deadline, so when it is closed the parked one has outlived it.
  RawConnection idle(parked.server->port());
  EXPECT_TRUE(idle.is_closed_by_peer());
  parked.responder.respond({.body = "late"});

  EXPECT_THAT(parked.connection.read_all(), EndsWith("late"));
}

TEST(HttpServerLoad, MakesRoomForANewConnectionByClosingAnIdleOne) {
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

// Whoever stalls before his first request goes before those who have worked.
TEST(HttpServerLoad, ClientsThatStallCostNobodyHisConnection) {
  const auto server = start(echo, {.connections_max = 3});
  RawConnection good(server->port());
  good.send(kGet);
  good.read_until("/a?b ");
  RawConnection silent(server->port());
  RawConnection half(server->port());
  half.send("GET / HTTP/1.1\r\nHo");

  EXPECT_THAT(ask(server->port(), kGetAndClose), StartsWith("HTTP/1.1 200"));
  EXPECT_TRUE(silent.is_closed_by_peer());
  RawConnection another(server->port());
  EXPECT_THAT(ask(server->port(), kGetAndClose), StartsWith("HTTP/1.1 200"));
  EXPECT_TRUE(half.is_closed_by_peer());
  good.send(kGet);
  EXPECT_THAT(good.read_until("/a?b "), HasSubstr("200"));
}

TEST(HttpServerLoad, RefusesConnectionsPastTheLimitWhenNoneIsIdle) {
  ParkedRequest parked(kGetAndClose, {.connections_max = 1});

  EXPECT_EQ(ask(parked.server->port(), kGetAndClose), "");
  parked.responder.respond({.body = "served"});

  EXPECT_THAT(parked.connection.read_all(), EndsWith("served"));
}

TEST(HttpServerLoad, ServesManyConnectionsOnSeveralThreads) {
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

TEST(HttpServerLoad, StopLetsRequestsInFlightFinish) {
  ParkedRequest parked(kGet);

  std::jthread stopping([&] { parked.server->stop(std::chrono::seconds(10)); });
  EXPECT_TRUE(becomes_true([&] { return !RawConnection(parked.server->port()).is_connected(); }));
  parked.responder.respond({.body = "last"});

  EXPECT_THAT(parked.connection.read_all(), EndsWith("last"));
}

TEST(HttpServerLoad, StopClosesWhatOutlastsTheGrace) {
  ParkedRequest parked(kGet);

  parked.server->stop(milliseconds(20));

  EXPECT_EQ(parked.connection.read_all(), "");
  EXPECT_TRUE(parked.responder.abandoned());
}

TEST(HttpServerLoad, AResponderMayOutliveItsServer) {
  ParkedRequest parked(kGet);
  RawConnection streamed(parked.server->port());
  streamed.send(kGet);
  Responder streaming = parked.parking.take();
  streaming.start(200, {});

  parked.server.reset();

  parked.responder.respond({.body = "to nobody"});
  EXPECT_FALSE(streaming.write("to nobody"));
  streaming.end();
}

TEST(HttpServerLoad, TellsAParkedRequestThatItsClientIsGone) {
  ParkedRequest parked(kGet);
  std::atomic<int> calls = 0;
  parked.responder.when_abandoned([&] { ++calls; });

  parked.connection.close();
  EXPECT_TRUE(becomes_true([&] { return calls == 1; }));
  parked.responder.respond({.body = "to nobody"});
  parked.server.reset();

  EXPECT_EQ(calls, 1);
}

TEST(HttpServerLoad, TellsAtOnceThatTheClientHasGoneAlready) {
  ParkedRequest parked(kGet);
  parked.connection.close();
  ASSERT_TRUE(becomes_true([&] { return parked.responder.abandoned(); }));
  int calls = 0;

  parked.responder.when_abandoned([&] { ++calls; });

  EXPECT_EQ(calls, 1);
}

TEST(HttpServerLoad, AnAnsweredRequestIsNotToldOfItsClientsEnd) {
  ParkedRequest parked(kGetAndClose);
  std::atomic<int> calls = 0;
  parked.responder.when_abandoned([&] { ++calls; });

  parked.responder.respond({.body = "answer"});
  EXPECT_THAT(parked.connection.read_all(), EndsWith("answer"));
  parked.connection.close();
  parked.server.reset();

  EXPECT_EQ(calls, 0);
}

TEST(HttpServerLoad, CountsWhatItAnswersAndHasInHand) {
  ParkedRequest parked(kGetAndClose, {.requests_in_flight_max = 1});
  EXPECT_EQ(parked.server->counts().requests_in_flight, 1U);
  EXPECT_EQ(parked.server->counts().connections, 1U);

  (void)ask(parked.server->port(), kGetAndClose);
  (void)ask(parked.server->port(), "GET / HTTP/1.1\r\n\r\n");
  parked.responder.respond({.body = "answer"});
  EXPECT_THAT(parked.connection.read_all(), EndsWith("answer"));

  const ServerCounts counts = parked.server->counts();
  EXPECT_EQ(counts.answers, (std::array<std::uint64_t, 5>{0, 1, 0, 1, 1}));
  EXPECT_EQ(counts.overloaded, 1U);
}

TEST(HttpServerLoad, RetiringServesOnAndEndsEachConnectionWithItsNextAnswer) {
  const auto server = start(echo);
  RawConnection connection(server->port());
  connection.send(kGet);
  EXPECT_THAT(connection.read_until("/a?b "), ::testing::Not(HasSubstr("Connection: close")));

  server->retire_connections();
  connection.send(kGet);

  EXPECT_THAT(connection.read_all(), HasSubstr("Connection: close"));
  EXPECT_THAT(ask(server->port(), kGet), StartsWith("HTTP/1.1 200")) << "others are still taken";
}

struct Straggler {
  std::string name;
  std::string sent;
};

// Each of these has no request that is being answered, and may not hold up the end.
class HttpServerStop : public ::testing::TestWithParam<Straggler> {};

TEST_P(HttpServerStop, DoesNotWaitItsGraceForWhoHasNoRequest) {
  const auto server = start(echo);
  RawConnection connection(server->port());
  connection.send(GetParam().sent);
  if (GetParam().sent.starts_with("GET")) connection.read_until("/a?b ");

  const auto before = std::chrono::steady_clock::now();
  server->stop(std::chrono::seconds(60));

  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(8));
}

INSTANTIATE_TEST_SUITE_P(Rows, HttpServerStop,
                         ::testing::Values(Straggler{"Silent", ""}, Straggler{"HalfAHead", "POST / HT"},
                                           Straggler{"HalfABody",
                                                     "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab"},
                                           Straggler{"AnsweredAndStillOpen", std::string(kGet)},
                                           Straggler{"ToldToCloseAndStillOpen", std::string(kGetAndClose)}),
                         [](const auto& row) { return row.param.name; });

TEST(HttpServerLoad, ClosesIdleConnectionsWhenItStops) {
  const auto server = start(echo);
  RawConnection connection(server->port());
  connection.send(kGet);
  connection.read_until("/a?b ");

  const auto before = std::chrono::steady_clock::now();
  server->stop(std::chrono::seconds(30));

  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(10));
  EXPECT_TRUE(connection.is_closed_by_peer());
}

}  // namespace
}  // namespace net
