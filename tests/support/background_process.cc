#include "tests/support/background_process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <random>
#include <sstream>
#include <stdexcept>

extern char** environ;

namespace tests {
namespace {

int exit_code_of(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

BackgroundProcess::BackgroundProcess(const std::vector<std::string>& words, std::filesystem::path log)
    : log_(std::move(log)) {
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log_.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
  const int error = posix_spawn(&pid_, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) throw std::runtime_error("cannot start " + words.front());
}

BackgroundProcess::~BackgroundProcess() {
  if (pid_ > 0) stop();
}

bool BackgroundProcess::running() {
  int status = 0;
  if (pid_ > 0 && ::waitpid(pid_, &status, WNOHANG) == pid_) {
    pid_ = -1;
    ended_ = exit_code_of(status);
  }
  return pid_ > 0;
}

std::optional<int> BackgroundProcess::ended() {
  return running() ? std::nullopt : ended_;
}

std::string BackgroundProcess::output() const {
  std::ostringstream text;
  text << std::ifstream(log_).rdbuf();
  return text.str();
}

int BackgroundProcess::stop(int signal) {
  if (pid_ <= 0) return ended_.value_or(0);  // kill(-1) would be everybody's end
  ::kill(pid_, signal);
  int status = 0;
  ::waitpid(pid_, &status, 0);
  pid_ = -1;
  ended_ = exit_code_of(status);
  return *ended_;
}

namespace {

// Below the ports that the system gives to outgoing connections: one of those could be taken before it is listened on.
constexpr int kFirstPort = 10'000;
constexpr int kLastPort = 32'000;

// The port after the one that any process of this user took last. The turn's file is the one of tests/support/shell.sh.
int next_port() {
  const std::string path = "/tmp/pratique-ports." + std::to_string(::getuid());
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0 || ::flock(file, LOCK_EX) != 0) throw std::runtime_error("cannot lock " + path);
  char text[16] = {};
  const ssize_t length = ::pread(file, text, sizeof text - 1, 0);
  const int last =
      length > 0 ? std::atoi(text) : kFirstPort + static_cast<int>(std::random_device{}() % (kLastPort - kFirstPort));
  const int port = last >= kFirstPort && last < kLastPort ? last + 1 : kFirstPort;
  const std::string line = std::to_string(port) + "\n";
  const bool written = ::pwrite(file, line.data(), line.size(), 0) == static_cast<ssize_t>(line.size());
  ::close(file);
  if (!written) throw std::runtime_error("cannot write " + path);
  return port;
}

bool can_be_listened_on(int port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_ANY);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  const bool bound = ::bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  ::close(socket);
  return bound;
}

}  // namespace

int free_port() {
  for (int tries = 0; tries < 1000; ++tries) {
    const int port = next_port();
    if (can_be_listened_on(port)) return port;
  }
  throw std::runtime_error("no free port");
}

}  // namespace tests
