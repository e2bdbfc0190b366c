#include "scanner/worker/worker_process.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

#include "scanner/layers/budgets.h"
#include "scanner/report_json.h"

namespace scanner::worker {
namespace {

// libcurl hands out 16 KiB at a time; larger frames cost fewer system calls, and the decoder fewer restarts.
constexpr std::size_t kDataFrameBytes = 128 << 10;
static_assert(kDataFrameBytes <= kDataBytesMax);

// A child that read its processor time from a frame would be confined only after it.
ChildPlan plan_of(base::SteadyTime deadline, std::stop_token stop, const WorkerSettings& settings) {
  constexpr std::uint64_t kSecondsMax = 1'000'000'000;  // the kernel counts its nanoseconds in 64 bits
  const std::uint64_t seconds = std::min(settings.budgets.cpu_seconds_max, kSecondsMax);
  return {.arguments = {"worker", std::to_string(seconds)},
          .task = "the scan worker",
          .deadline = deadline,
          .stop = std::move(stop),
          .processor_time_max = std::chrono::seconds(seconds),
          .required = settings.required_defences};
}

}  // namespace

WorkerProcess::WorkerProcess(base::SteadyTime deadline, std::stop_token stop, const WorkerSettings& settings)
    : child_(plan_of(deadline, std::move(stop), settings)) {
  if (settings.budgets == layers::Limits{}) return;
  const std::string payload = layers::write_budgets(settings.budgets);
  child_.send(FrameType::kBudgets, std::as_bytes(std::span(payload)));
}

void WorkerProcess::expect_lone_layer(DiffId diff_id) {
  diff_id_ = diff_id;
  child_.send(diff_id == DiffId::kWanted ? FrameType::kHashed : FrameType::kAlone, {});
}

void WorkerProcess::begin_layer(std::string_view digest) {
  child_.send(FrameType::kLayer, std::as_bytes(std::span(digest)));
}

void WorkerProcess::send(std::span<const std::byte> bytes) {
  child_.check_patience();
  while (!bytes.empty()) {
    const std::size_t count = std::min(bytes.size(), kDataFrameBytes - gathered_.size());
    gathered_.insert(gathered_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(count));
    bytes = bytes.subspan(count);
    if (gathered_.size() == kDataFrameBytes) send_gathered();
  }
}

void WorkerProcess::send_gathered() {
  child_.send(FrameType::kData, gathered_);
  gathered_.clear();
}

void WorkerProcess::end_layer() {
  if (!gathered_.empty()) send_gathered();
  child_.send(FrameType::kLayerEnd, {});
}

void WorkerProcess::merge(std::string_view digest, std::string_view record) {
  const std::string payload = fmt::format("{}\n{}", digest, record);
  child_.send(FrameType::kMerge, std::as_bytes(std::span(payload)));
}

LoneLayer WorkerProcess::finish_lone_layer() {
  child_.send(FrameType::kFinish, {});
  std::optional<base::Digest> diff_id;
  if (diff_id_ == DiffId::kWanted) diff_id = base::Digest::parse(child_.receive(FrameType::kDiffId));
  return {.record = child_.receive(FrameType::kRecord), .diff_id = std::move(diff_id)};
}

Inventory WorkerProcess::finish() {
  child_.send(FrameType::kFinish, {});
  return parse_inventory(child_.receive(FrameType::kResult));
}

}  // namespace scanner::worker
