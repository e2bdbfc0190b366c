// The answer of one request on its way from a Responder, on any thread, to the connection, on its own. Private to the
// server's files.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "net/http_server.h"

namespace net {

// The connection as the answer sees it.
class AnswerPort {
 public:
  virtual ~AnswerPort() = default;
  // Has the connection take what the sink holds: at once when called on the connection's thread, else soon.
  virtual void wake() = 0;
  [[nodiscard]] virtual bool runs_here() const = 0;
};

// What the request's head decides about the answer's form.
struct AnswerForm {
  bool has_body = true;   // false for HEAD
  bool may_chunk = true;  // false for HTTP/1.0: a streamed answer then ends with the connection
  bool keep_alive = true;
};

// The head and body of a whole answer as they go on the wire.
[[nodiscard]] std::string format_answer(const ServerResponse& response, AnswerForm form);

// What a server counts of its requests, without a lock; outlives the server with the last Responder.
struct RequestCounters {
  std::atomic<std::size_t> in_flight = 0;  // from the call of the handler until nobody can answer any more
  std::atomic<std::uint64_t> overloaded = 0;
  std::array<std::atomic<std::uint64_t>, 5> answers{};  // by status class

  void count_answer(int status) {
    const auto index = static_cast<std::size_t>(status / 100 - 1);
    if (index < answers.size()) answers[index].fetch_add(1, std::memory_order_relaxed);
  }
};

class Responder::Sink {
 public:
  struct Settings {
    AnswerForm form;
    std::chrono::milliseconds write_timeout;
    std::shared_ptr<RequestCounters> counters;  // `in_flight` was increased for this sink
  };

  Sink(std::weak_ptr<AnswerPort> port, Settings settings);
  ~Sink();
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;

  // The Responder's side, any thread.
  void respond(const ServerResponse& response);
  void start(int status, const Headers& headers);
  [[nodiscard]] bool write(std::string_view piece);
  void end();
  // The Responder is gone: an unanswered request gets a 500, a half-sent answer ends with its connection.
  void release();
  [[nodiscard]] bool abandoned() const { return abandoned_.load(std::memory_order_relaxed); }
  void when_abandoned(std::function<void()> call);

  // The connection's side, on its thread.
  struct Output {
    std::string bytes;
    bool finished = false;  // nothing comes after these bytes
    bool broken = false;    // the answer cannot be finished: close the connection
  };
  [[nodiscard]] Output take();
  // The peer is gone.
  void abandon();
  [[nodiscard]] bool keeps_alive() const { return settings_.form.keep_alive; }

 private:
  enum class State { kUnanswered, kStreaming, kFinished, kBroken };

  void wake();
  void append_chunk(std::string_view piece);

  const std::weak_ptr<AnswerPort> port_;
  Settings settings_;
  std::atomic<bool> abandoned_ = false;

  // Protected by mutex_.
  std::mutex mutex_;
  std::condition_variable room_;
  State state_ = State::kUnanswered;
  std::string queued_;
  std::function<void()> when_abandoned_;
};

}  // namespace net
