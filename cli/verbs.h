// What each verb does; one .cc a verb. All throw base::Error for what cannot be done.
#pragma once

#include "cli/commands.h"
#include "cli/console.h"
#include "cli/exit_code.h"

namespace cli {

[[nodiscard]] ExitCode run(const ShowText& command, const Console& console);
[[nodiscard]] ExitCode run(const ScanCommand& command, const Console& console);
[[nodiscard]] ExitCode run(const WhyCommand& command, const Console& console);
[[nodiscard]] ExitCode run(const DiffCommand& command, const Console& console);
[[nodiscard]] ExitCode run(const DatabaseKeygenCommand& command, const Console& console);
[[nodiscard]] ExitCode run(const DatabaseBuildCommand& command, const Console& console);
[[nodiscard]] ExitCode run(const DatabaseInfoCommand& command, const Console& console);
[[nodiscard]] ExitCode run(const DatabaseVerifyCommand& command, const Console& console);
[[nodiscard]] ExitCode run(const DatabasePushCommand& command, const Console& console);
[[nodiscard]] ExitCode run(const DatabasePullCommand& command, const Console& console);
[[nodiscard]] ExitCode run(const PolicyTestCommand& command, const Console& console);
[[nodiscard]] ExitCode run(const ExplainCommand& command, const Console& console);
[[nodiscard]] ExitCode run(const ReportCommand& command, const Console& console);

}  // namespace cli
