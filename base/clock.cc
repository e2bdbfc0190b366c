#include "base/clock.h"

#include <charconv>
#include <cstdint>

namespace base {

namespace {

// Reads exactly `digits` decimal digits at the front of `text` and drops them; nullopt when they are not there.
std::optional<int> take_number(std::string_view& text, std::size_t digits) {
  int value = 0;
  if (text.size() < digits) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + digits, value);
  if (error != std::errc() || end != text.data() + digits || text.front() == '-') return std::nullopt;
  text.remove_prefix(digits);
  return value;
}

bool take_character(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<std::chrono::nanoseconds> take_fraction(std::string_view& text) {
  if (!take_character(text, ".")) return std::chrono::nanoseconds(0);
  std::int64_t nanoseconds = 0;
  int digits = 0;
  for (; !text.empty() && text.front() >= '0' && text.front() <= '9'; text.remove_prefix(1), ++digits) {
    if (digits < 9) nanoseconds = nanoseconds * 10 + (text.front() - '0');
  }
  if (digits == 0) return std::nullopt;
  for (; digits < 9; ++digits) nanoseconds *= 10;
  return std::chrono::nanoseconds(nanoseconds);
}

std::optional<std::chrono::minutes> take_offset(std::string_view& text) {
  if (take_character(text, "Zz")) return std::chrono::minutes(0);
  if (text.empty()) return std::nullopt;
  const int sign = text.front() == '-' ? -1 : 1;
  if (!take_character(text, "+-")) return std::nullopt;
  const std::optional<int> hours = take_number(text, 2);
  if (!hours || *hours > 23 || !take_character(text, ":")) return std::nullopt;
  const std::optional<int> minutes = take_number(text, 2);
  if (!minutes || *minutes > 59) return std::nullopt;
  return std::chrono::minutes(sign * (*hours * 60 + *minutes));
}

std::optional<std::chrono::sys_days> take_date(std::string_view& text) {
  const std::optional<int> year = take_number(text, 4);
  if (!year || !take_character(text, "-")) return std::nullopt;
  const std::optional<int> month = take_number(text, 2);
  if (!month || !take_character(text, "-")) return std::nullopt;
  const std::optional<int> day = take_number(text, 2);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date);
}

std::optional<std::chrono::seconds> take_time_of_day(std::string_view& text) {
  const std::optional<int> hour = take_number(text, 2);
  if (!hour || *hour > 23 || !take_character(text, ":")) return std::nullopt;
  const std::optional<int> minute = take_number(text, 2);
  if (!minute || *minute > 59 || !take_character(text, ":")) return std::nullopt;
  const std::optional<int> second = take_number(text, 2);
  if (!second || *second > 60) return std::nullopt;
  return std::chrono::hours(*hour) + std::chrono::minutes(*minute) + std::chrono::seconds(*second);
}

}  // namespace

SystemTime RealClock::system_now() const {
  return std::chrono::system_clock::now();
}

SteadyTime RealClock::steady_now() const {
  return std::chrono::steady_clock::now();
}

std::string format_rfc3339(SystemTime time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(time - day));
  std::string text = "0000-00-00T00:00:00Z";
  // Every log line has one of these, which is why it is not left to a formatter.
  const auto put = [&text](std::size_t at, std::size_t digits, std::uint64_t value) {
    for (; digits > 0; value /= 10) text[at + --digits] = static_cast<char>('0' + value % 10);
  };
  put(0, 4, static_cast<std::uint64_t>(static_cast<int>(date.year())));
  put(5, 2, static_cast<unsigned>(date.month()));
  put(8, 2, static_cast<unsigned>(date.day()));
  put(11, 2, static_cast<std::uint64_t>(clock.hours().count()));
  put(14, 2, static_cast<std::uint64_t>(clock.minutes().count()));
  put(17, 2, static_cast<std::uint64_t>(clock.seconds().count()));
  return text;
}

std::optional<SystemTime> parse_rfc3339(std::string_view text) {
  const std::optional<std::chrono::sys_days> date = take_date(text);
  if (!date || !take_character(text, "Tt ")) return std::nullopt;
  const std::optional<std::chrono::seconds> time = take_time_of_day(text);
  if (!time) return std::nullopt;
  const std::optional<std::chrono::nanoseconds> fraction = take_fraction(text);
  if (!fraction) return std::nullopt;
  const std::optional<std::chrono::minutes> offset = take_offset(text);
  if (!offset || !text.empty()) return std::nullopt;
  // Outside the range of a 64-bit count of nanoseconds (1677 to 2262) a date cannot be represented.
  if (*date < std::chrono::sys_days(std::chrono::year(1678) / 1 / 1) ||
      *date > std::chrono::sys_days(std::chrono::year(2261) / 12 / 31)) {
    return std::nullopt;
  }
  return SystemTime(*date) + *time + *fraction - *offset;
}

}  // namespace base
