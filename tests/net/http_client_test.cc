#include "net/http_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "base/error.h"
#include "base/guarded.h"
#include "net/http_server.h"

namespace net {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::Not;

class HttpClientTest : public ::testing::Test {
 protected:
  void serve_by(Handler handler) {
    server_ = make_http_server({.name = "test", .address = "127.0.0.1"}, std::move(handler));
  }
  void serve(ServerResponse response) {
    serve_by([response](const ServerRequest&, Responder responder) { responder.respond(response); });
  }
  // Takes requests and never answers them.
  void serve_silence() {
    serve_by([this](const ServerRequest&, Responder responder) {
      parked_.with([&](auto& list) { list.push_back(std::move(responder)); });
    });
  }
  Url url(const std::string& target = "/") const {
    return parse_url("http://127.0.0.1:" + std::to_string(server_->port()) + target);
  }
  template <typename Exception>
  std::string message_of(const std::function<void()>& step) {
    try {
      step();
    } catch (const Exception& error) {
      return error.what();
    }
    ADD_FAILURE() << "nothing was thrown";
    return {};
  }

  base::Guarded<std::vector<Responder>> parked_;
  std::unique_ptr<HttpServer> server_;
  std::unique_ptr<HttpClient> client_ = make_http_client();
};

TEST_F(HttpClientTest, SendsMethodTargetHeadersAndBody) {
  serve_by([](const ServerRequest& request, Responder responder) {
    responder.respond({.body = request.method + " " + request.target + " " + request.body + " " +
                               find_header(request.headers, "X-A").value_or("-") + " " +
                               find_header(request.headers, "User-Agent").value_or("-") + " " +
                               find_header(request.headers, "Content-Type").value_or("-")});
  });
  const std::string agent = "pratique/" PRATIQUE_VERSION;
  const auto body = [&](HttpRequest request) {
    request.url = url("/a/../b?c=%20");
    return client_->send(request).body;
  };

  EXPECT_EQ(body({}), "GET /a/../b?c=%20  - " + agent + " -");
  EXPECT_EQ(body({.method = "POST", .headers = {{"X-A", "1"}}, .body = "x"}), "POST /a/../b?c=%20 x 1 " + agent + " -");
  EXPECT_EQ(body({.method = "PATCH", .headers = {{"Content-Type", "t"}}, .body = "x"}),
            "PATCH /a/../b?c=%20 x - " + agent + " t");
  EXPECT_EQ(body({.method = "DELETE"}), "DELETE /a/../b?c=%20  - " + agent + " -");
  EXPECT_EQ(body({.method = "DELETE", .body = "x"}), "DELETE /a/../b?c=%20 x - " + agent + " -");
  EXPECT_EQ(body({.method = "PUT"}), "PUT /a/../b?c=%20  - " + agent + " -");
  EXPECT_EQ(body({.method = "HEAD"}), "");
}

TEST_F(HttpClientTest, ReturnsStatusAndHeadersOfEveryAnswer) {
  serve({.status = 404, .headers = {{"X-A", "1"}, {"Location", "/elsewhere"}}, .body = "gone"});

  const HttpResponse response = client_->send({.url = url()});

  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(response.body, "gone");
  EXPECT_EQ(find_header(response.headers, "x-a"), "1");
}

TEST_F(HttpClientTest, DoesNotFollowRedirects) {
  serve({.status = 302, .headers = {{"Location", "/again"}}});

  EXPECT_EQ(client_->send({.url = url()}).status, 302);
}

TEST_F(HttpClientTest, UsesAConnectionAgain) {
  std::atomic<int> connections = 0;
  HttpClientSettings settings;
  settings.address_policy = [&](const Url&, const std::string&) { ++connections; };
  client_ = make_http_client(settings);
  serve({.body = "x"});

  for (int i = 0; i < 5; ++i) EXPECT_EQ(client_->send({.url = url()}).status, 200);

  EXPECT_EQ(connections, 1);
}

TEST_F(HttpClientTest, ServesSeveralThreads) {
  serve_by([](ServerRequest request, Responder responder) { responder.respond({.body = request.target}); });
  std::atomic<int> right = 0;
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 4; ++thread) {
      threads.emplace_back([&, thread] {
        for (int i = 0; i < 25; ++i) {
          const std::string target = "/" + std::to_string(thread) + "/" + std::to_string(i);
          if (client_->send({.url = url(target)}).body == target) ++right;
        }
      });
    }
  }

  EXPECT_EQ(right, 100);
}

TEST_F(HttpClientTest, RefusesAnAnswerPastItsBound) {
  serve({.body = std::string(1001, 'x')});

  EXPECT_THAT(message_of<base::LimitExceeded>(
                  [&] { static_cast<void>(client_->send({.url = url("/big?secret"), .body_bytes_max = 1000})); }),
              ::testing::AllOf(HasSubstr("/big: the answer is larger than 1000 bytes"), Not(HasSubstr("secret"))));
}

TEST_F(HttpClientTest, RefusesAHeaderThatNeverEnds) {
  serve({.headers = {{"X-A", std::string(70'000, 'a')}}});

  EXPECT_THROW(static_cast<void>(client_->send({.url = url()})), base::LimitExceeded);
}

TEST_F(HttpClientTest, RefusesToSendAFieldThatBeginsAnother) {
  serve(ServerResponse{});

  EXPECT_THROW(static_cast<void>(client_->send({.url = url(), .headers = {{"X-A", "b\r\nX-C: d"}}})), base::ParseError);
}

TEST_F(HttpClientTest, NamesWhatCannotBeReached) {
  serve(ServerResponse{});
  const Url gone = url("/path?token=secret");
  server_.reset();

  const std::string message = message_of<base::NetworkError>([&] { static_cast<void>(client_->send({.url = gone})); });

  EXPECT_THAT(message, HasSubstr("GET http://" + gone.authority() + "/path: "));
  EXPECT_THAT(message, Not(HasSubstr("secret")));
}

TEST_F(HttpClientTest, GivesUpAfterTheTotalTimeout) {
  serve_silence();

  EXPECT_THROW(static_cast<void>(client_->send({.url = url(), .total_timeout = milliseconds(100)})),
               base::NetworkError);
}

TEST_F(HttpClientTest, GivesUpWhenNothingComes) {
  serve_silence();

  EXPECT_THAT(message_of<base::NetworkError>([&] {
                static_cast<void>(
                    client_->send({.url = url(), .total_timeout = milliseconds(0), .idle_timeout = milliseconds(100)}));
              }),
              HasSubstr("no data for 100 ms"));
}

TEST_F(HttpClientTest, EndsSoonWhenStopped) {
  std::promise<void> arrived;
  serve_by([&](const ServerRequest&, Responder responder) {
    parked_.with([&](auto& list) { list.push_back(std::move(responder)); });
    arrived.set_value();
  });
  std::stop_source stop;
  auto answer = std::async(std::launch::async, [&] {
    return message_of<base::NetworkError>(
        [&] { static_cast<void>(client_->send({.url = url(), .total_timeout = seconds(60)}, stop.get_token())); });
  });
  arrived.get_future().wait();

  stop.request_stop();

  EXPECT_EQ(answer.wait_for(seconds(1)), std::future_status::ready);
  EXPECT_THAT(answer.get(), HasSubstr("stopped"));
}

TEST_F(HttpClientTest, DoesNotBeginWhenStoppedBefore) {
  serve(ServerResponse{});
  std::stop_source stop;
  stop.request_stop();

  EXPECT_THROW(static_cast<void>(client_->send({.url = url()}, stop.get_token())), base::NetworkError);
}

TEST_F(HttpClientTest, JudgesTheAddressThatIsDialled) {
  serve({.body = "x"});
  std::string judged;
  client_ = make_http_client({.address_policy = [&](const Url& asked, const std::string& address) {
    judged = asked.host + " " + address;
    throw base::NetworkError("not allowed");
  }});
  Url by_name = url();
  by_name.host = "localhost";

  EXPECT_EQ(message_of<base::NetworkError>([&] { static_cast<void>(client_->send({.url = by_name})); }), "not allowed");
  EXPECT_THAT(judged, ::testing::AnyOf("localhost 127.0.0.1", "localhost ::1"));
}

TEST_F(HttpClientTest, IgnoresTheEnvironmentsProxies) {
  serve({.body = "direct"});
  ::setenv("http_proxy", "http://127.0.0.1:1", 1);

  EXPECT_EQ(client_->send({.url = url()}).body, "direct");
  ::unsetenv("http_proxy");
}

class HttpClientStream : public HttpClientTest {
 protected:
  struct Received {
    int heads = 0;
    std::string body;
  };
  HttpResponse stream(std::function<bool(std::string_view)> on_piece = {}) {
    return client_->stream(
        {.url = url()}, [&](const HttpResponse& head) { received_.heads += head.status; },
        [&](std::span<const char> piece) {
          received_.body.append(piece.data(), piece.size());
          return !on_piece || on_piece({piece.data(), piece.size()});
        });
  }
  Received received_;
};

TEST_F(HttpClientStream, HandsTheBodyOverPieceByPiece) {
  serve({.body = std::string(1 << 20, 'x')});

  const HttpResponse response = stream();

  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "");
  EXPECT_EQ(received_.heads, 200);
  EXPECT_EQ(received_.body.size(), 1U << 20);
}

TEST_F(HttpClientStream, ShowsPiecesAsTheyCome) {
  std::promise<void> seen;
  serve_by([&](const ServerRequest&, Responder responder) {
    std::thread([&seen, responder = std::move(responder)]() mutable {
      responder.start(200, {});
      EXPECT_TRUE(responder.write("first"));
      seen.get_future().wait();
      EXPECT_TRUE(responder.write("second"));
      responder.end();
    }).detach();
  });

  stream([&](std::string_view piece) {
    if (piece == "first") seen.set_value();
    return true;
  });

  EXPECT_EQ(received_.body, "firstsecond");
}

TEST_F(HttpClientStream, BuffersTheStartOfAnError) {
  serve({.status = 500, .body = std::string(100'000, 'e')});

  const HttpResponse response = stream();

  EXPECT_EQ(response.status, 500);
  EXPECT_EQ(response.body.size(), 64U << 10);
  EXPECT_EQ(received_.heads, 0);
  EXPECT_EQ(received_.body, "");
}

TEST_F(HttpClientStream, EndsEarlyWithoutAnError) {
  serve({.body = std::string(10 << 20, 'x')});

  const HttpResponse response = stream([](std::string_view) { return false; });

  EXPECT_EQ(response.status, 200);
  EXPECT_LT(received_.body.size(), 1U << 20);
}

TEST_F(HttpClientStream, PassesOnWhatACallbackThrows) {
  serve({.body = "x"});

  EXPECT_THROW(stream([](std::string_view) -> bool { throw base::ParseError("mine"); }), base::ParseError);
}

TEST_F(HttpClientStream, ReportsAnAnswerThatWasCutShort) {
  serve_by([](const ServerRequest&, Responder responder) {
    responder.start(200, {});
    EXPECT_TRUE(responder.write("half"));
  });

  EXPECT_THROW(stream(), base::NetworkError);
}

}  // namespace
}  // namespace net
