// Databases made in a test: a directory of its own, a key made there, feeds written as text.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "scanner/advisories/database_builder.h"

namespace tests {

// A fresh directory, removed at the end. XDG_DATA_HOME points into it meanwhile, so that keys of this machine's user
// are neither used nor made.
class DatabaseFixture {
 public:
  DatabaseFixture();
  ~DatabaseFixture();

  [[nodiscard]] std::string path(std::string_view name) const { return (root_ / name).string(); }
  // Makes the directories above it.
  void write(std::string_view name, std::string_view content) const;
  // Builds `database.db` from sources such as "osv:feed" (paths in the fixture, or absolute) at second `now`.
  [[nodiscard]] scanner::advisories::BuildResult build(const std::vector<std::string>& sources,
                                                       int now = 1'800'000'000);
  [[nodiscard]] std::shared_ptr<const scanner::advisories::Database> open() const;

  [[nodiscard]] std::string database() const { return path("database.db"); }
  [[nodiscard]] std::string key() const { return path("signing.key"); }
  [[nodiscard]] const std::vector<scanner::advisories::FeedNote>& notes() const { return notes_; }

 private:
  std::filesystem::path root_;
  std::vector<scanner::advisories::FeedNote> notes_;
};

// A clock that stands still.
class FixedClock final : public base::Clock {
 public:
  explicit FixedClock(int seconds) : seconds_(seconds) {}
  [[nodiscard]] base::SystemTime system_now() const override;
  [[nodiscard]] base::SteadyTime steady_now() const override { return {}; }

 private:
  int seconds_;
};

}  // namespace tests
