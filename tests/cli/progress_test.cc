#include "cli/progress.h"

#include <gmock/gmock.h>

#include <array>
#include <memory>

namespace cli {
namespace {

using testing::HasSubstr;
using testing::Not;

class StillClock final : public base::Clock {
 public:
  [[nodiscard]] base::SystemTime system_now() const override { return {}; }
  [[nodiscard]] base::SteadyTime steady_now() const override { return now; }
  base::SteadyTime now = base::SteadyTime{} + std::chrono::hours(1);
};

// A console whose standard error is a file.
class CapturedConsole {
 public:
  enum class Kind { kFile, kTerminal };
  explicit CapturedConsole(Kind kind) : file_(std::tmpfile(), &std::fclose), kind_(kind) {}

  [[nodiscard]] Console console() const {
    return {.out = file_.get(), .err = file_.get(), .err_is_terminal = kind_ == Kind::kTerminal};
  }
  [[nodiscard]] std::string text() const {
    std::rewind(file_.get());
    std::array<char, 4096> buffer{};
    return {buffer.data(), std::fread(buffer.data(), 1, buffer.size(), file_.get())};
  }

 private:
  std::unique_ptr<FILE, int (*)(FILE*)> file_;
  Kind kind_;
};

TEST(Progress, WritesPlainLinesNowAndThenWhereNobodyWatches) {
  const CapturedConsole captured(CapturedConsole::Kind::kFile);
  StillClock clock;
  {
    Progress progress(captured.console(), clock);
    progress.show_bytes("fetch", 0, 5'000'000);
    progress.show_bytes("fetch", 1'000'000, 5'000'000);
    clock.now += std::chrono::seconds(4);
    progress.show_bytes("fetch", 2'000'000, 5'000'000);
    progress.show_part("extract", 1, 2);
  }
  EXPECT_EQ(captured.text(),
            "pratique: fetch 0 B of 5.0 MB\npratique: fetch 2.0 MB of 5.0 MB\npratique: extract 50 %\n");
}

TEST(Progress, DrawsABarOnATerminalAndTakesItAway) {
  const CapturedConsole captured(CapturedConsole::Kind::kTerminal);
  const StillClock clock;
  {
    Progress progress(captured.console(), clock);
    progress.show_bytes("fetch", 1, 2);
    progress.show_bytes("fetch", 2, 2);
  }
  EXPECT_THAT(captured.text(), HasSubstr("[###############...............] 1 B of 2 B"));
  EXPECT_THAT(captured.text(), Not(HasSubstr("2 B of 2 B")));
  EXPECT_TRUE(captured.text().ends_with("\r\x1b[K"));
}

TEST(Progress, AmountsBeyondTheTotalDoNotBreakTheBar) {
  const CapturedConsole captured(CapturedConsole::Kind::kTerminal);
  const StillClock clock;
  Progress(captured.console(), clock).show_bytes("fetch", 10, 2);
  EXPECT_THAT(captured.text(), HasSubstr("[##############################]"));
}

TEST(ReadableBytes, HasThreeOrFourDigits) {
  for (const auto& [bytes, text] :
       {std::pair{0ULL, "0 B"}, std::pair{999ULL, "999 B"}, std::pair{1000ULL, "1.0 kB"},
        std::pair{999'949ULL, "999.9 kB"}, std::pair{999'960ULL, "1.0 MB"}, std::pair{240'000'000ULL, "240.0 MB"},
        std::pair{1'500'000'000ULL, "1.5 GB"}, std::pair{2'000'000'000'000'000ULL, "2000.0 TB"}}) {
    EXPECT_EQ(readable_bytes(bytes), text);
  }
}

}  // namespace
}  // namespace cli
