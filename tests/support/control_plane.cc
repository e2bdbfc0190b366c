#include "tests/support/control_plane.h"

#include <fmt/format.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <stdexcept>

#include "tests/support/paths.h"

namespace tests {
namespace {

namespace fs = std::filesystem;

std::string quoted(const std::string& word) {
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

std::string script(const char* name) {
  return source_path() / "tests/control_plane" / name;
}

void run_or_throw(const std::vector<std::string>& words) {
  const CommandResult result = run_command(words);
  if (result.exit_code != 0) throw std::runtime_error(words.front() + " failed:\n" + result.output);
}

// The folder of kubectl: the PATH that DIR/env sets.
std::string programs_folder(const fs::path& dir) {
  const CommandResult result = run_command({"bash", "-c", "source " + quoted(dir / "env") + " && command -v kubectl"});
  if (result.exit_code != 0) throw std::runtime_error("no kubectl in " + (dir / "env").string());
  return fs::path(result.output).parent_path().string();
}

}  // namespace

CommandResult run_command(const std::vector<std::string>& words) {
  std::string line;
  for (const std::string& word : words) line += quoted(word) + " ";
  std::FILE* pipe = ::popen((line + "2>&1 </dev/null").c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("popen failed");
  CommandResult result;
  std::array<char, 4096> piece{};
  while (const std::size_t count = std::fread(piece.data(), 1, piece.size(), pipe)) {
    result.output.append(piece.data(), count);
  }
  const int status = ::pclose(pipe);
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return result;
}

const ControlPlane& ControlPlane::instance() {
  static const ControlPlane control_plane;
  return control_plane;
}

ControlPlane::ControlPlane() {
  for (const char* name : {"PRATIQUE_TEST_CLUSTER", "PRATIQUE_CTEST_CLUSTER"}) {
    dir_ = environment(name);
    if (dir_.empty()) continue;
    if (!fs::exists(kubeconfig()))
      throw std::runtime_error(fmt::format("{}: no control plane in {}", name, dir_.string()));
    return;
  }
  std::string name = (fs::temp_directory_path() / "pratique-control-plane.XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp " + name + " failed");
  dir_ = name;
  own_ = true;
  run_or_throw({script("start"), dir_});
}

ControlPlane::~ControlPlane() {
  if (!own_) return;
  const CommandResult stop = run_command({script("stop"), dir_});
  if (stop.exit_code == 0) {
    fs::remove_all(dir_);
  } else {
    std::fputs(stop.output.c_str(), stderr);
  }
}

std::shared_ptr<const kubernetes::Config> ControlPlane::config() const {
  return std::make_shared<const kubernetes::Config>(kubernetes::load_kubeconfig(kubeconfig(), {}));
}

std::shared_ptr<kubernetes::ApiClient> ControlPlane::client(net::Metrics* metrics) const {
  return kubernetes::make_api_client(config(), metrics);
}

CommandResult ControlPlane::kubectl(std::vector<std::string> words) const {
  static const std::string programs = programs_folder(dir_);
  words.insert(words.begin(), {programs + "/kubectl", "--kubeconfig", kubeconfig()});
  return run_command(words);
}

void ControlPlane::apply(const fs::path& manifest) const {
  const CommandResult apply =
      kubectl({"apply", "--server-side", "--force-conflicts", "--recursive", "-f", manifest.string()});
  if (apply.exit_code != 0) throw std::runtime_error("kubectl apply " + manifest.string() + ":\n" + apply.output);
  if (apply.output.find("customresourcedefinition") == std::string::npos) return;
  const CommandResult wait =
      kubectl({"wait", "--for=condition=Established", "--timeout=60s", "--recursive", "-f", manifest.string()});
  if (wait.exit_code != 0) throw std::runtime_error("kubectl wait " + manifest.string() + ":\n" + wait.output);
}

std::string ControlPlane::make_namespace(const std::string& prefix) const {
  const kubernetes::ResourceType namespaces{
      .group = "", .version = "v1", .kind = "Namespace", .plural = "namespaces", .namespaced = false};
  const kubernetes::ResourceType accounts{
      .group = "", .version = "v1", .kind = "ServiceAccount", .plural = "serviceaccounts", .namespaced = true};
  const std::string name = unique_name(prefix);
  const std::shared_ptr<kubernetes::ApiClient> admin = client();
  (void)admin->create(namespaces, {{"metadata", {{"name", name}}}});
  const kubernetes::ObjectKey account{.ns = name, .name = "default"};
  if (!eventually([&] { return admin->get(accounts, account).has_value(); })) {
    throw std::runtime_error("namespace " + name + " has no default service account");
  }
  return name;
}

std::string unique_name(const std::string& prefix) {
  static std::random_device random;
  return fmt::format("{}-{:08x}", prefix, random());
}

}  // namespace tests
