// The one file that knows cpprestsdk. The library starts 40 threads unless told otherwise, has no deadlines of its own
// and reports by exceptions of its own, which end here.
#include "operator/report_api/report_listener.h"

#include <cpprest/http_listener.h>
#include <pplx/threadpool.h>

#include <exception>
#include <mutex>

#include "base/error.h"
#include "base/log.h"

namespace pratique_operator::report_api {
namespace {

using web::http::http_request;
using web::http::http_response;
using web::http::experimental::listener::http_listener;

constexpr int kThreads = 2;
constexpr std::size_t kTargetBytesMax = 1024;

void limit_threads() {
  static std::once_flag once;
  std::call_once(once, [] { crossplat::threadpool::initialize_with_threads(kThreads); });
}

bool names_loopback(const std::string& host) {
  const std::string name = host.substr(0, host.starts_with('[') ? host.find(']') + 1 : host.find(':'));
  return name == "127.0.0.1" || name == "localhost" || name == "[::1]";
}

http_response reply_with(int status, const std::string& body) {
  http_response response(static_cast<web::http::status_code>(status));
  response.headers().add("Cache-Control", "no-store");
  response.headers().add("X-Content-Type-Options", "nosniff");
  response.set_body(body, "application/json");
  return response;
}

class CpprestListener final : public ReportListener {
 public:
  CpprestListener(int port, AnswerReport answer)
      : answer_(std::move(answer)), listener_("http://127.0.0.1:" + std::to_string(port)) {
    listener_.support(web::http::methods::GET, [this](const http_request& request) { reply(request); });
    listener_.open().wait();
  }
  ~CpprestListener() override { close(); }

 private:
  // For the destructor, which must not throw.
  void close() noexcept {
    try {
      listener_.close().wait();
    } catch (const std::exception& error) {
      base::log(base::LogLevel::kWarning, "report API not closed", {{"error", error.what()}});
    }
  }

  void reply(const http_request& request) {
    // The task's outcome is of no use: the peer may be gone, and an exception nobody looks at would end the process.
    request.reply(answer_to(request)).then([](const pplx::task<void>& sent) {
      try {
        sent.get();
      } catch (const std::exception& error) {
        base::log(base::LogLevel::kDebug, "report API answer not sent", {{"error", error.what()}});
      }
    });
  }

  http_response answer_to(const http_request& request) {
    try {
      const std::string host = request.headers().has("Host") ? request.headers().find("Host")->second : "";
      if (!names_loopback(host)) {
        return reply_with(421, R"({"message":"this listener answers to 127.0.0.1 and localhost alone"})");
      }
      const web::uri target = request.request_uri();
      if (target.to_string().size() > kTargetBytesMax) {
        return reply_with(414, R"({"message":"the address is too long"})");
      }
      const ReportAnswer answer = answer_({.path = web::uri::decode(target.path()), .query = target.query()});
      return reply_with(answer.status, answer.body);
    } catch (const std::exception& error) {
      base::log(base::LogLevel::kError, "report API request failed", {{"error", error.what()}});
      return reply_with(500, R"({"message":"internal error"})");
    }
  }

  AnswerReport answer_;
  http_listener listener_;
};

}  // namespace

std::unique_ptr<ReportListener> make_report_listener(int port, AnswerReport answer) {
  limit_threads();
  try {
    return std::make_unique<CpprestListener>(port, std::move(answer));
  } catch (const std::exception& error) {
    throw base::NetworkError("listening on 127.0.0.1:" + std::to_string(port) + " for the report API: " + error.what());
  }
}

}  // namespace pratique_operator::report_api
