#include "operator/credential_plugins/program.h"

#include <gmock/gmock.h>
#include <signal.h>

#include <fstream>
#include <thread>

#include "base/error.h"
#include "tests/support/eventually.h"
#include "tests/support/layout_writer.h"

namespace pratique_operator::credential_plugins {
namespace {

using testing::HasSubstr;

Program shell(const std::string& script) {
  return {.path = "/bin/sh", .arguments = {"-c", script}};
}

std::string error_of(const Program& program) {
  try {
    return "wrote: " + output_of(program, {});
  } catch (const base::ConfigError& error) {
    return error.what();
  }
}

TEST(Program, AnswersWhatItIsAsked) {
  Program program = shell(R"(read line; echo "$1 $line $NAME $HOME")");
  program.arguments.insert(program.arguments.end(), {"sh", "argument"});
  program.environment = {{"NAME", "value"}, {"HOME", "elsewhere"}};
  program.input = "question\n";
  EXPECT_EQ(output_of(program, {}), "argument question value elsewhere\n");
}

TEST(Program, LongInputAndOutputPassWhateverComesFirst) {
  Program program = shell("echo begun; cat; echo ended");
  program.input = std::string(900'000, 'x');
  const std::string output = output_of(program, {});
  EXPECT_EQ(output.size(), program.input.size() + std::string("begun\nended\n").size());
  // It need not read its input at all.
  program.arguments = {"-c", "echo done"};
  EXPECT_EQ(output_of(program, {}), "done\n");
}

TEST(Program, SaysHowItFailed) {
  EXPECT_EQ(error_of({.path = "/nowhere"}), "/nowhere: it cannot be started: No such file or directory");
  EXPECT_EQ(error_of(shell("echo no login >&2; exit 3")), "/bin/sh: it ended with status 3");
  EXPECT_EQ(error_of(shell("kill -TERM $$")), "/bin/sh: it was ended by signal 15");
  EXPECT_THAT(error_of(shell("yes | head -c 100000 >&2; exit 1")), HasSubstr("status 1"))
      << "and did not wait for a reader";
}

TEST(Program, MayNotAnswerTooMuchOrTooLate) {
  Program program = shell("yes");
  EXPECT_EQ(error_of(program), "/bin/sh: it answers more than it may");
  program = shell("sleep 60");
  program.timeout = std::chrono::milliseconds(200);
  EXPECT_EQ(error_of(program), "/bin/sh: no answer within 0 s");
}

TEST(Program, AStopRequestEndsIt) {
  std::stop_source stop;
  stop.request_stop();
  EXPECT_THROW(static_cast<void>(output_of(shell("sleep 60"), stop.get_token())), base::NetworkError);
}

// What it started holds its output open and would live on.
TEST(Program, TakesWhatItStartedWithIt) {
  const tests::TemporaryFolder folder;
  const std::string file = folder.file("pid");
  EXPECT_EQ(output_of(shell("sleep 60 & echo $! > " + file + "; echo answer"), {}), "answer\n");
  pid_t pid = 0;
  std::ifstream(file) >> pid;
  ASSERT_GT(pid, 0);
  EXPECT_TRUE(tests::eventually([&] {
    std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
    std::string line;
    return !std::getline(stat, line) || line.find(") Z ") != std::string::npos;
  }));
}

}  // namespace
}  // namespace pratique_operator::credential_plugins
