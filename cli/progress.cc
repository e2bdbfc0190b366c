#include "cli/progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace cli {
namespace {

constexpr std::chrono::milliseconds kBarPeriod{100};
constexpr std::chrono::seconds kLinePeriod{3};
constexpr std::size_t kBarCells = 30;
constexpr std::string_view kClearLine = "\r\x1b[K";

double part_of(std::uint64_t done, std::uint64_t total) {
  return total == 0 ? 0 : std::min(1.0, static_cast<double>(done) / static_cast<double>(total));
}

}  // namespace

std::string readable_bytes(std::uint64_t bytes) {
  constexpr std::string_view kUnits[] = {"kB", "MB", "GB", "TB"};
  if (bytes < 1000) return fmt::format("{} B", bytes);
  double value = static_cast<double>(bytes) / 1000;
  std::size_t unit = 0;
  while (value >= 999.95 && unit + 1 < std::size(kUnits)) {
    value /= 1000;
    ++unit;
  }
  return fmt::format("{:.1f} {}", value, kUnits[unit]);
}

Progress::~Progress() {
  clear();
}

bool Progress::is_time(std::string_view what) {
  const base::SteadyTime now = clock_.steady_now();
  if (now < next_ && what == last_what_) return false;
  last_what_ = what;
  next_ = now + (console_.err_is_terminal ? kBarPeriod : kLinePeriod);
  return true;
}

void Progress::show_bytes(std::string_view what, std::uint64_t done, std::uint64_t total) {
  if (!is_time(what)) return;
  draw(what, part_of(done, total),
       total == 0 ? readable_bytes(done) : fmt::format("{} of {}", readable_bytes(done), readable_bytes(total)));
}

void Progress::show_part(std::string_view what, std::uint64_t done, std::uint64_t total) {
  if (!is_time(what)) return;
  const double part = part_of(done, total);
  draw(what, part, total == 0 ? std::string() : fmt::format("{:.0f} %", part * 100));
}

void Progress::draw(std::string_view what, double part, const std::string& amount) {
  if (!console_.err_is_terminal) {
    fmt::print(console_.err, "pratique: {} {}\n", what, amount);
    return;
  }
  const auto cells = static_cast<std::size_t>(part * static_cast<double>(kBarCells));
  fmt::print(console_.err, "{}{:<10.40} [{:#<{}}{:.<{}}] {}", kClearLine, what, "", cells, "", kBarCells - cells,
             amount);
  std::fflush(console_.err);
  bar_is_shown_ = true;
}

void Progress::clear() {
  if (!bar_is_shown_) return;
  fmt::print(console_.err, "{}", kClearLine);
  std::fflush(console_.err);
  bar_is_shown_ = false;
}

}  // namespace cli
