#include "tests/cli/program_fixture.h"

#include <fmt/format.h>
#include <sys/wait.h>

#include <cstdlib>

#include "base/file.h"
#include "tests/support/paths.h"

namespace tests {
namespace {

constexpr std::size_t kOutputBytesMax = 16 << 20;

std::string shell_word(std::string_view word) {
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

}  // namespace

ProgramTest::ProgramTest() {
  database_.write("home/.keep", "");
  setenv("HOME", path("home").c_str(), 1);
  setenv("DOCKER_CONFIG", path("docker").c_str(), 1);
}

ProgramRun ProgramTest::pratique(const std::vector<std::string>& words) const {
  std::string command =
      fmt::format("cd {} && {}", shell_word(path("")), shell_word(tests::program_path("pratique").native()));
  for (const std::string& word : words) command += " " + shell_word(word);
  command += fmt::format(" >{} 2>{}", shell_word(path("stdout")), shell_word(path("stderr")));
  const int status = std::system(command.c_str());
  return {.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1,
          .out = base::read_file(path("stdout"), kOutputBytesMax),
          .err = base::read_file(path("stderr"), kOutputBytesMax)};
}

ProgramRun ProgramTest::scan(const std::string& image, const std::vector<std::string>& more) const {
  std::vector<std::string> words = {"scan", image, "--database", database_.database()};
  words.insert(words.end(), more.begin(), more.end());
  return pratique(words);
}

void ProgramTest::build_database(const std::vector<std::string>& osv_records) {
  int number = 0;
  for (const std::string& record : osv_records) database_.write(fmt::format("feed/{}.json", ++number), record);
  static_cast<void>(database_.build({"osv:feed"}));
}

void ProgramTest::write_image(const std::vector<std::string>& layers, const std::string& tag) {
  LayoutWriter(path("image")).add_image(tag, layers);
}

}  // namespace tests
