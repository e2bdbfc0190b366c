// The parent's end of a sandboxed child that reads an image: hands it the layers and takes its answer.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/digest.h"
#include "scanner/layers/limits.h"
#include "scanner/report.h"
#include "scanner/worker/child_process.h"
#include "scanner/worker/lone_layer_reader.h"

namespace scanner::worker {

// What every child of a scan is told, and must have.
struct WorkerSettings {
  layers::Limits budgets{};
  SandboxReport required_defences = kAlwaysRequired;
};

// What a child says of a layer that it read alone.
struct LoneLayer {
  std::string record;                   // layers::LayerRecorder; empty: it would be too large
  std::optional<base::Digest> diff_id;  // nullopt: nobody asked, or the layer was not read to its end
};

// One child for one image; killed by the destructor. Belongs to the thread that made it. Every call may throw what
// ChildProcess throws.
class WorkerProcess {
 public:
  WorkerProcess(base::SteadyTime deadline, std::stop_token stop, const WorkerSettings& settings = {});

  [[nodiscard]] const SandboxReport& sandbox() const { return child_.sandbox(); }
  [[nodiscard]] pid_t pid() const { return child_.pid(); }

  // Says that one layer follows, of which the record is wanted. First of all calls, where it is made.
  void expect_lone_layer(DiffId diff_id = DiffId::kIgnored);
  void begin_layer(std::string_view digest);
  void send(std::span<const std::byte> bytes);
  void end_layer();

  // A layer in its place, by the record that a child gave of it.
  void merge(std::string_view digest, std::string_view record);

  // Says that the lone layer was sent and verified, and waits for what is known of it. Throws base::ParseError when the
  // answer is none.
  [[nodiscard]] LoneLayer finish_lone_layer();
  // Says that every layer was sent and verified, and waits for the inventory. Throws base::ParseError and
  // base::LimitExceeded when the answer is not one.
  [[nodiscard]] Inventory finish();

 private:
  void send_gathered();

  ChildProcess child_;
  DiffId diff_id_ = DiffId::kIgnored;
  std::vector<std::byte> gathered_;  // data that does not fill a frame yet
};

}  // namespace scanner::worker
