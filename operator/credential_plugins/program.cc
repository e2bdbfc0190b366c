#include "operator/credential_plugins/program.h"

#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <system_error>

#include "base/error.h"
#include "base/log.h"
#include "base/pipe.h"
#include "base/spawn_plan.h"

namespace pratique_operator::credential_plugins {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kPollMilliseconds = 100;
constexpr std::size_t kErrorBytesShown = 500;
constexpr std::size_t kErrorBytesKept = 4096;

[[noreturn]] void refuse(const Program& program, const std::string& why) {
  throw base::ConfigError(program.path + ": " + why);
}

std::string reason_of(int number) {
  return std::generic_category().message(number);
}

// A file in memory: unlike a pipe it needs nobody to write into it while the program runs.
base::Descriptor file_of(const Program& program) {
  base::Descriptor file(memfd_create("input", MFD_CLOEXEC));
  const auto size = static_cast<ssize_t>(program.input.size());
  if (file.number() < 0 || write(file.number(), program.input.data(), program.input.size()) != size ||
      lseek(file.number(), 0, SEEK_SET) != 0) {
    refuse(program, "its input cannot be made: " + reason_of(errno));
  }
  return file;
}

// Ours, but for what the program has of its own.
std::vector<std::string> environment_of(const Program& program) {
  std::vector<std::string> variables;
  for (const auto& [name, value] : program.environment) variables.push_back(name + "=" + value);
  for (char** one = environ; *one != nullptr; ++one) {
    const std::string variable = *one;
    const std::string name = variable.substr(0, variable.find('='));
    const auto is_set = [&](const auto& own) { return own.first == name; };
    if (std::none_of(program.environment.begin(), program.environment.end(), is_set)) variables.push_back(variable);
  }
  return variables;
}

std::vector<char*> pointers_to(std::vector<std::string>& words) {
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  return pointers;
}

// A group of processes of its own; killed and waited for at the end.
class RunningProgram {
 public:
  RunningProgram(const Program& program, int input, int output, int errors) {
    base::SpawnPlan plan(input, output, errors);
    plan.lead_group();
    std::vector<std::string> words = program.arguments;
    words.insert(words.begin(), program.path);
    std::vector<std::string> variables = environment_of(program);
    const int failure = posix_spawn(&pid_, program.path.c_str(), plan.actions(), plan.attributes(),
                                    pointers_to(words).data(), pointers_to(variables).data());
    if (failure != 0) {
      pid_ = -1;
      refuse(program, "it cannot be started: " + reason_of(failure));
    }
  }
  // It is waited for last, so that the group's number is nobody else's yet.
  ~RunningProgram() {
    if (pid_ < 0) return;
    kill(-pid_, SIGKILL);
    while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) continue;
  }
  RunningProgram(const RunningProgram&) = delete;
  RunningProgram& operator=(const RunningProgram&) = delete;

  // How it ended, for a person: "" is well; nullopt: it has not.
  [[nodiscard]] std::optional<std::string> end() const {
    siginfo_t info{};
    if (waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0)
      return std::nullopt;
    if (info.si_code != CLD_EXITED) return "it was ended by signal " + std::to_string(info.si_status);
    return info.si_status == 0 ? "" : "it ended with status " + std::to_string(info.si_status);
  }

 private:
  pid_t pid_ = -1;
};

// The two streams that come from the program.
class Streams {
 public:
  Streams() : output_(base::make_pipe()), errors_(base::make_pipe()) {
    base::make_nonblocking(output_.read_end);
    base::make_nonblocking(errors_.read_end);
  }
  [[nodiscard]] int output_for_program() const { return output_.write_end.number(); }
  [[nodiscard]] int errors_for_program() const { return errors_.write_end.number(); }
  void leave_to_program() {
    output_.write_end = base::Descriptor();
    errors_.write_end = base::Descriptor();
  }
  // Takes what has come, and waits a moment where nothing has. False: both are at their end.
  bool take(std::size_t output_bytes_max) {
    std::array<pollfd, 2> polled{{{.fd = output_.read_end.number(), .events = POLLIN, .revents = 0},
                                  {.fd = errors_.read_end.number(), .events = POLLIN, .revents = 0}}};
    poll(polled.data(), polled.size(), is_open() ? kPollMilliseconds : 1);
    read_into(output_.read_end, output, output_bytes_max + 1);
    read_into(errors_.read_end, errors, kErrorBytesKept);
    return is_open();
  }

  std::string output;
  std::string errors;  // its first words

 private:
  [[nodiscard]] bool is_open() const { return output_.read_end.number() >= 0 || errors_.read_end.number() >= 0; }

  // What is past `kept` is read and forgotten, so that the program does not wait for a reader.
  static void read_into(base::Descriptor& from, std::string& text, std::size_t kept) {
    std::array<char, 16384> buffer{};
    ssize_t count = 0;
    while (from.number() >= 0 && (count = read(from.number(), buffer.data(), buffer.size())) > 0) {
      text.append(buffer.data(), std::min(static_cast<std::size_t>(count), kept - std::min(kept, text.size())));
      if (text.size() >= kept) return;
    }
    if (count == 0 && from.number() >= 0) from = base::Descriptor();
  }

  base::Pipe output_;
  base::Pipe errors_;
};

}  // namespace

std::string output_of(const Program& program, const std::stop_token& stop) {
  const base::Descriptor input = file_of(program);
  Streams streams;
  const RunningProgram running(program, input.number(), streams.output_for_program(), streams.errors_for_program());
  streams.leave_to_program();
  const Clock::time_point deadline = Clock::now() + program.timeout;
  std::optional<std::string> end;
  for (bool open = true; open || !end;) {
    if (stop.stop_requested()) throw base::NetworkError(program.path + ": cancelled");
    if (Clock::now() >= deadline) {
      refuse(program, "no answer within " + std::to_string(program.timeout.count() / 1000) + " s");
    }
    // What it started may hold its output open for longer than it lives; what it wrote itself is there by then.
    const bool had_ended = end.has_value();
    open = streams.take(program.output_bytes_max);
    if (streams.output.size() > program.output_bytes_max) refuse(program, "it answers more than it may");
    if (had_ended) break;
    end = running.end();
  }
  if (!end->empty()) {
    base::log(base::LogLevel::kWarning, "program failed",
              {{"program", program.path}, {"said", base::escape_text(streams.errors, kErrorBytesShown)}});
    refuse(program, *end);
  }
  return streams.output;
}

}  // namespace pratique_operator::credential_plugins
