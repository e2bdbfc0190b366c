// The HTTP listener of the report API: read-only, plain text, on 127.0.0.1 alone; people reach it by `kubectl
// port-forward`. docs/decisions/ says why this one listener is cpprestsdk.
#pragma once

#include <functional>
#include <memory>
#include <string>

namespace pratique_operator::report_api {

struct ReportQuestion {
  std::string path;   // decoded, without the query: "/api/v1/images"
  std::string query;  // as sent, without '?'
};

struct ReportAnswer {
  int status = 200;
  std::string body;  // JSON
};

// Answers one GET; called on the listener's threads, several at once. What it throws becomes a 500.
using AnswerReport = std::function<ReportAnswer(const ReportQuestion& question)>;

// Listens from construction to destruction; the destructor waits for answers in work. Requests that do not name the
// loopback host are refused, so that a page in a browser cannot reach it under a name of its own.
class ReportListener {
 public:
  virtual ~ReportListener() = default;
};

// Throws base::NetworkError when the port cannot be bound.
[[nodiscard]] std::unique_ptr<ReportListener> make_report_listener(int port, AnswerReport answer);

}  // namespace pratique_operator::report_api
