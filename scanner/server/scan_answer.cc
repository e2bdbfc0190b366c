#include "scanner/server/scan_answer.h"

#include <chrono>

namespace scanner::server {
namespace {

constexpr std::chrono::milliseconds kProgressInterval{500};

}  // namespace

void ScanAnswer::refuse(net::ServerResponse response) {
  const std::lock_guard lock(mutex_);
  ended_ = true;
  responder_.respond(std::move(response));
}

void ScanAnswer::begin() {
  const std::lock_guard lock(mutex_);
  if (begun_) return;
  begun_ = true;
  responder_.start(200, {{"Content-Type", "application/x-ndjson"}});
}

void ScanAnswer::report(const ScanProgressLine& progress, base::SteadyTime now) {
  const std::lock_guard lock(mutex_);
  progress_ = progress;
  if (now - told_ < kProgressInterval) return;
  told_ = now;
  write(progress_);
}

void ScanAnswer::give_sign_of_life() {
  const std::lock_guard lock(mutex_);
  if (begun_ && !ended_) write(progress_);
}

void ScanAnswer::finish(const ScanLine& outcome) {
  const std::lock_guard lock(mutex_);
  write(outcome);
  ended_ = true;
  if (!lost_) responder_.end();
}

// mutex_ is held.
void ScanAnswer::write(const ScanLine& line) {
  if (!lost_) lost_ = responder_.abandoned() || !responder_.write(write_scan_line(line));
  if (lost_) gone_.request_stop();
}

}  // namespace scanner::server
