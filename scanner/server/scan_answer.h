// The answer of one scan request while it is being made: progress now and then, a sign of life at least every few
// seconds, and one last line. Notices when nobody waits for it any more.
#pragma once

#include <mutex>
#include <stop_token>

#include "base/clock.h"
#include "net/http_server.h"
#include "scanner/report_wire.h"

namespace scanner::server {

// Thread-safe: the scan's thread reports, the handler's gives signs of life.
class ScanAnswer {
 public:
  explicit ScanAnswer(net::Responder responder) : responder_(std::move(responder)) {}

  // Instead of everything below.
  void refuse(net::ServerResponse response);

  // Starts the stream; again: nothing.
  void begin();
  // Remembers how far the scan is and tells it, not too often.
  void report(const ScanProgressLine& progress, base::SteadyTime now);
  // Tells the last progress once more.
  void give_sign_of_life();
  // The last line: an inventory or a failure.
  void finish(const ScanLine& outcome);

  // Triggered when the caller has gone away, or by cancel().
  [[nodiscard]] std::stop_token stop_token() const { return gone_.get_token(); }
  void cancel() { gone_.request_stop(); }

 private:
  void write(const ScanLine& line);

  std::mutex mutex_;
  net::Responder responder_;                                                         // guarded by mutex_
  ScanProgressLine progress_{.bytes_done = 0, .bytes_total = 0, .stage = "queued"};  // guarded by mutex_
  base::SteadyTime told_{};                                                          // guarded by mutex_
  bool begun_ = false;                                                               // guarded by mutex_
  bool ended_ = false;                                                               // guarded by mutex_
  bool lost_ = false;  // guarded by mutex_: the caller has gone away
  std::stop_source gone_;
};

}  // namespace scanner::server
