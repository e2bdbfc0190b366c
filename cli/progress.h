// Shows how far something long has come: a bar that is drawn again on a terminal, a line every few seconds elsewhere.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "cli/console.h"

namespace cli {

// Not thread-safe. The destructor ends a bar that was begun.
class Progress {
 public:
  // `clock` must outlive it.
  Progress(const Console& console, const base::Clock& clock) : console_(console), clock_(clock) {}
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // `what`: "fetch"; a total of 0 is not known. Cheap: draws only when it is time to.
  void show_bytes(std::string_view what, std::uint64_t done, std::uint64_t total);
  void show_part(std::string_view what, std::uint64_t done, std::uint64_t total);  // in percent

  // Takes the bar away, so that something else can be written.
  void clear();

 private:
  [[nodiscard]] bool is_time(std::string_view what);
  void draw(std::string_view what, double part, const std::string& amount);

  Console console_;
  const base::Clock& clock_;
  base::SteadyTime next_{};
  std::string last_what_;
  bool bar_is_shown_ = false;
};

// "12.3 MB", in powers of 1000.
[[nodiscard]] std::string readable_bytes(std::uint64_t bytes);

}  // namespace cli
