#include "tests/scanner/hostile_surroundings.h"

#include <errno.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>

namespace tests {
namespace {

namespace fs = std::filesystem;

void require(bool holds, const char* what) {
  if (!holds) throw std::runtime_error(std::string(what) + ": " + strerror(errno));
}

void take_one_processor() {
  cpu_set_t allowed;
  require(sched_getaffinity(0, sizeof allowed, &allowed) == 0, "processors");
  cpu_set_t one;
  CPU_ZERO(&one);
  for (std::size_t number = 0; number < CPU_SETSIZE && CPU_COUNT(&one) == 0; ++number) {
    if (CPU_ISSET(number, &allowed)) CPU_SET(number, &one);
  }
  require(sched_setaffinity(0, sizeof one, &one) == 0, "one processor");
}

// As root, or as who is root of a new user namespace alone.
bool leave_network() {
  if (unshare(CLONE_NEWNET) == 0) return true;
  const uid_t user = geteuid();
  const gid_t group = getegid();
  if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) return false;
  std::ofstream("/proc/self/setgroups") << "deny";
  std::ofstream("/proc/self/uid_map") << user << " " << user << " 1";
  std::ofstream("/proc/self/gid_map") << group << " " << group << " 1";
  return true;
}

// So that packets to this machine are counted instead of refused.
void raise_loopback() {
  const int socket = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  require(socket >= 0, "a socket");
  ifreq interface {};
  strcpy(interface.ifr_name, "lo");
  require(ioctl(socket, SIOCGIFFLAGS, &interface) == 0, "the loopback interface");
  interface.ifr_flags = static_cast<short>(interface.ifr_flags | IFF_UP);
  require(ioctl(socket, SIOCSIFFLAGS, &interface) == 0, "to raise the loopback interface");
  close(socket);
}

std::string text_of(const char* path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The columns of /proc/net/dev: received bytes, packets and six more, then the same of what was sent.
long packets_of_interfaces() {
  long packets = 0;
  std::istringstream lines(text_of("/proc/self/net/dev"));
  for (std::string line; std::getline(lines, line);) {
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    std::istringstream columns(line.substr(colon + 1));
    const std::vector<long> counts{std::istream_iterator<long>(columns), {}};
    if (counts.size() > 9) packets += counts[1] + counts[9];
  }
  return packets;
}

// Two lines each: names, and their values.
long packets_without_a_way() {
  std::istringstream lines(text_of("/proc/self/net/snmp"));
  std::string names;
  std::string values;
  while (std::getline(lines, names) && std::getline(lines, values)) {
    std::istringstream name_columns(names);
    std::istringstream value_columns(values);
    std::string value;
    for (std::string name; name_columns >> name && value_columns >> value;) {
      if (name == "OutNoRoutes") return std::stol(value);
    }
  }
  return 0;
}

// Of this process and of its children that have ended.
long bytes_to_disks() {
  std::istringstream words(text_of("/proc/self/io"));
  for (std::string word; words >> word;) {
    long bytes = 0;
    if (word == "write_bytes:" && words >> bytes) return bytes;
  }
  return 0;
}

std::chrono::milliseconds processor_time() {
  std::chrono::milliseconds all{0};
  for (const int who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
    rusage usage{};
    getrusage(static_cast<__rusage_who>(who), &usage);
    for (const timeval& time : {usage.ru_utime, usage.ru_stime}) {
      all += std::chrono::seconds(time.tv_sec) +
             std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::microseconds(time.tv_usec));
    }
  }
  return all;
}

std::atomic<int> attempts_to_write = 0;

void note_attempt(int /*signal*/) {
  ++attempts_to_write;
}

void limit_files(rlim_t bytes) {
  rlimit limit{};
  require(getrlimit(RLIMIT_FSIZE, &limit) == 0, "the limit of files");
  limit.rlim_cur = std::min(bytes, limit.rlim_max);
  require(setrlimit(RLIMIT_FSIZE, &limit) == 0, "the limit of files");
}

// Of the program that the child became: until then it shows its parent's.
long peak_of(pid_t child) {
  const std::string process = "/proc/" + std::to_string(child);
  std::ifstream arguments(process + "/cmdline");
  std::string program;
  std::string verb;
  std::getline(arguments, program, '\0');
  std::getline(arguments, verb, '\0');
  if (verb != "worker") return 0;
  std::ifstream status(process + "/status");
  for (std::string word; status >> word;) {
    if (word != "VmHWM:") continue;
    long kibibytes = 0;
    status >> kibibytes;
    return kibibytes;
  }
  return 0;
}

}  // namespace

Surroundings::Surroundings() {
  take_one_processor();
  if (leave_network()) {
    raise_loopback();
  } else {
    refused_ = std::string("a network of its own: ") + strerror(errno);
  }
  for (const fs::path& folder : folders()) fs::create_directory(folder);
  setenv("TMPDIR", folders()[0].c_str(), 1);
  setenv("HOME", folders()[1].c_str(), 1);
  fs::current_path(folders()[2]);
  require(signal(SIGXFSZ, note_attempt) != SIG_ERR, "a signal");
}

std::vector<fs::path> Surroundings::folders() const {
  return {folder_.path() / "temporary", folder_.path() / "home", folder_.path() / "work"};
}

Observation::Observation(const Surroundings& surroundings)
    : processor_before_(processor_time()),
      packets_before_(packets_of_interfaces() + packets_without_a_way()),
      disk_bytes_before_(bytes_to_disks()),
      attempts_before_(attempts_to_write),
      notes_(inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {
  require(notes_ >= 0, "inotify");
  constexpr std::uint32_t kChanges = IN_CREATE | IN_MODIFY | IN_ATTRIB | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE;
  for (const fs::path& folder : surroundings.folders()) {
    require(inotify_add_watch(notes_, folder.c_str(), kChanges) >= 0, "inotify");
  }
  limit_files(0);
  watcher_ = std::jthread([this](const std::stop_token& stop) { watch_children(stop); });
}

Observation::~Observation() {
  limit_files(RLIM_INFINITY);
  close(notes_);
}

Cost Observation::cost() {
  watcher_.request_stop();
  if (watcher_.joinable()) watcher_.join();
  Cost cost{.processor = processor_time() - processor_before_,
            .peak_kibibytes = peak_,
            .packets = packets_of_interfaces() + packets_without_a_way() - packets_before_,
            .written = changed_folders()};
  if (attempts_to_write != attempts_before_) cost.written += " a file past its limit";
  if (const long bytes = bytes_to_disks() - disk_bytes_before_; bytes != 0) {
    cost.written += " " + std::to_string(bytes) + " bytes to disks";
  }
  return cost;
}

std::string Observation::changed_folders() const {
  alignas(inotify_event) std::array<char, 4096> buffer{};
  std::string names;
  for (ssize_t size = 0; (size = ::read(notes_, buffer.data(), buffer.size())) > 0;) {
    for (ssize_t at = 0; at < size;) {
      const auto* const event = reinterpret_cast<const inotify_event*>(buffer.data() + at);
      names += " " + std::string(event->len == 0 ? "a folder" : event->name);
      at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
    }
  }
  return names;
}

void Observation::watch_children(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    for (const auto& thread : fs::directory_iterator("/proc/self/task")) {
      std::ifstream children(thread.path() / "children");
      for (pid_t child = 0; children >> child;) peak_ = std::max(peak_, peak_of(child));
    }
    poll(nullptr, 0, 2);
  }
}

}  // namespace tests
