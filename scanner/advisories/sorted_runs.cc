#include "scanner/advisories/sorted_runs.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <optional>
#include <queue>
#include <utility>
#include <vector>

#include "base/error.h"

namespace scanner::advisories {

namespace {

using Pair = std::pair<std::string, std::string>;

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

[[noreturn]] void failed(const std::string& directory) {
  throw base::ConfigError(fmt::format("sorting in {}: {}", directory, std::strerror(errno)));
}

// Not std::tmpfile: /tmp is often memory.
File unnamed_file(const std::string& directory) {
  std::string name = directory + "/.pratique-sort-XXXXXX";
  const int descriptor = ::mkostemp(name.data(), O_CLOEXEC);
  if (descriptor < 0) failed(directory);
  ::unlink(name.c_str());
  std::FILE* file = ::fdopen(descriptor, "w+");
  if (file == nullptr) failed(directory);
  return File(file);
}

struct Run {
  File file;
  Pair head;

  // False at the end of the run. A run that is cut short is a bug or a broken disk, never an end.
  bool advance() {
    std::uint32_t sizes[2];
    if (std::fread(sizes, sizeof(sizes), 1, file.get()) != 1) return false;
    head.first.resize(sizes[0]);
    head.second.resize(sizes[1]);
    const bool whole = std::fread(head.first.data(), 1, sizes[0], file.get()) == sizes[0] &&
                       std::fread(head.second.data(), 1, sizes[1], file.get()) == sizes[1];
    CHECK(whole);
    return true;
  }
};

struct LaterHead {
  bool operator()(const Run* left, const Run* right) const { return right->head < left->head; }
};

}  // namespace

struct SortedRuns::State {
  std::string directory;
  std::size_t memory_bytes;
  std::vector<Pair> pairs = {};
  std::size_t pair_bytes = 0;
  std::vector<Run> runs = {};

  void spill() {
    std::ranges::sort(pairs);
    Run& run = runs.emplace_back(Run{.file = unnamed_file(directory), .head = {}});
    for (const auto& [key, value] : pairs) {
      const std::uint32_t sizes[2] = {static_cast<std::uint32_t>(key.size()), static_cast<std::uint32_t>(value.size())};
      std::fwrite(sizes, sizeof(sizes), 1, run.file.get());
      std::fwrite(key.data(), 1, key.size(), run.file.get());
      std::fwrite(value.data(), 1, value.size(), run.file.get());
    }
    if (std::fflush(run.file.get()) != 0 || std::ferror(run.file.get()) != 0) failed(directory);
    std::rewind(run.file.get());
    pairs.clear();
    pair_bytes = 0;
  }
};

SortedRuns::SortedRuns(std::string directory, std::size_t memory_bytes)
    : state_(std::make_unique<State>(State{.directory = std::move(directory), .memory_bytes = memory_bytes})) {}

SortedRuns::~SortedRuns() = default;
SortedRuns::SortedRuns(SortedRuns&&) noexcept = default;

void SortedRuns::add(std::string key, std::string value) {
  // What a pair costs beside its text: two string headers and the allocations' own.
  constexpr std::size_t kPairOverhead = 128;
  state_->pair_bytes += key.size() + value.size() + kPairOverhead;
  state_->pairs.emplace_back(std::move(key), std::move(value));
  if (state_->pair_bytes >= state_->memory_bytes) state_->spill();
}

void SortedRuns::for_each(const std::function<void(std::string_view, std::string_view)>& use) {
  if (!state_->pairs.empty()) state_->spill();
  std::priority_queue<Run*, std::vector<Run*>, LaterHead> heads;
  for (Run& run : state_->runs) {
    if (run.advance()) heads.push(&run);
  }
  std::optional<Pair> last;
  while (!heads.empty()) {
    Run* run = heads.top();
    heads.pop();
    if (!last || *last != run->head) {
      use(run->head.first, run->head.second);
      last = run->head;
    }
    if (run->advance()) heads.push(run);
  }
}

}  // namespace scanner::advisories
