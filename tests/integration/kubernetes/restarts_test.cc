// etcd and kube-apiserver are killed and started again, one after the other, while objects change: what a store holds
// ends equal to a fresh list, without a storm of lists on the way. And etcd is restored from a backup.
// PRATIQUE_RESTARTS is how many restarts, 2 unless set.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <memory>
#include <thread>

#include "base/error.h"
#include "base/guarded.h"
#include "kubernetes/reflector.h"
#include "tests/support/background_process.h"
#include "tests/support/control_plane.h"
#include "tests/support/pace.h"

namespace kubernetes {
namespace {

using tests::ControlPlane;
using tests::eventually;
using tests::kConfigMap;

constexpr std::chrono::seconds kPatience{60};

std::filesystem::path folder() {
  return std::filesystem::path(ControlPlane::instance().kubeconfig()).parent_path();
}

// A process of the control plane, by the file with its number that tests/control_plane/start wrote.
class ControlPlaneProcess {
 public:
  explicit ControlPlaneProcess(const std::string& name) : name_(name) {
    std::ifstream(folder() / "pids" / name) >> pid_;
    std::ifstream file("/proc/" + std::to_string(pid_) + "/cmdline", std::ios::binary);
    for (std::string word; std::getline(file, word, '\0');) words_.push_back(word);
    if (words_.empty()) throw std::runtime_error("the control plane has no process " + name);
  }

  void kill_it() {
    if (again_) {
      again_->stop(SIGKILL);
    } else {
      kill(pid_, SIGKILL);
      if (!eventually([this] { return has_ended(); })) throw std::runtime_error(name_ + " does not end");
    }
  }
  void start_again() {
    again_ = std::make_unique<tests::BackgroundProcess>(words_, folder() / "logs" / (name_ + "-again.log"));
  }

 private:
  [[nodiscard]] bool has_ended() const {
    std::ifstream stat("/proc/" + std::to_string(pid_) + "/stat");
    std::string line;
    return !std::getline(stat, line) || line.find(") Z ") != std::string::npos;
  }

  std::string name_;
  pid_t pid_ = 0;
  std::vector<std::string> words_;
  std::unique_ptr<tests::BackgroundProcess> again_;  // null: the first one runs
};

// They outlive the tests: what one of them has started again serves the next.
struct Processes {
  ControlPlaneProcess etcd{"etcd"};
  ControlPlaneProcess api_server{"kube-apiserver"};
};

Processes& processes() {
  static Processes all;
  return all;
}

// Makes, changes and deletes objects until it goes.
class Writer {
 public:
  explicit Writer(std::string ns) : ns_(std::move(ns)), thread_([this](const std::stop_token& stop) { write(stop); }) {}
  [[nodiscard]] int written() const { return written_; }

 private:
  void write(const std::stop_token& stop) {
    constexpr int kObjects = 20;
    constexpr int kChangesASecond = 50;
    for (int i = 0; !stop.stop_requested(); ++i) {
      const ObjectKey key{.ns = ns_, .name = "map-" + std::to_string(i % kObjects)};
      try {
        if (i % 7 == 6) {
          client_->remove(kConfigMap, key, {});
        } else {
          (void)client_->apply(kConfigMap,
                               {{"apiVersion", "v1"},
                                {"kind", "ConfigMap"},
                                {"metadata", {{"namespace", key.ns}, {"name", key.name}}},
                                {"data", {{"value", std::to_string(i)}}}},
                               {.field_manager = "tests", .subresource = {}});
        }
        ++written_;
      } catch (const base::Error&) {
        ++failed_;  // while nobody is there to take it
      }
      tests::wait_for_turn(start_, i, kChangesASecond);
    }
  }

  std::string ns_;
  std::shared_ptr<ApiClient> client_ = ControlPlane::instance().client();
  std::atomic<int> written_ = 0;
  std::atomic<int> failed_ = 0;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::jthread thread_;
};

using Values = std::map<std::string, std::string>;

Values listed(const std::string& ns) {
  Values values;
  (void)ControlPlane::instance().client()->list(
      kConfigMap, {.ns = ns, .label_selector = {}, .field_selector = "metadata.name!=kube-root-ca.crt"},
      [&](const nlohmann::json& item) {
        values[item.at("metadata").at("name")] = item.at("data").at("value").get<std::string>();
      },
      [&] { values.clear(); }, {});
  return values;
}

Values kept(const Store<std::string>& store) {
  Values values;
  store.for_each([&](const ObjectKey& key, const std::string& value) { values[key.name] = value; });
  return values;
}

int restarts() {
  const char* text = std::getenv("PRATIQUE_RESTARTS");
  return text == nullptr ? 2 : std::max(1, std::atoi(text));
}

Reflector<std::string>::Settings values_in(const std::string& ns) {
  Reflector<std::string>::Settings settings;
  settings.type = kConfigMap;
  settings.watch.scope.ns = ns;
  settings.watch.scope.field_selector = "metadata.name!=kube-root-ca.crt";
  settings.decode = [](const nlohmann::json& object) { return object.at("data").at("value").get<std::string>(); };
  return settings;
}

TEST(Restarts, AStoreEndsEqualToAFreshList) {
  const std::string ns = ControlPlane::instance().make_namespace("restarts");
  const Reflector<std::string> reflector(ControlPlane::instance().client(), values_in(ns));
  ASSERT_TRUE(eventually([&] { return reflector.synced(); }));
  {
    const Writer writer(ns);
    for (int i = 0; i < restarts(); ++i) {
      ControlPlaneProcess& victim = i % 2 == 0 ? processes().api_server : processes().etcd;
      const int before = writer.written();
      ASSERT_TRUE(eventually([&] { return writer.written() > before + 20; }, kPatience));
      victim.kill_it();
      // A restart that nobody notices shows nothing.
      const std::uint64_t interruptions = reflector.status().interruptions;
      if (&victim == &processes().api_server) {
        EXPECT_TRUE(eventually([&] { return reflector.status().interruptions > interruptions; }, kPatience));
      }
      victim.start_again();
      const int at_restart = writer.written();
      ASSERT_TRUE(eventually([&] { return writer.written() > at_restart + 20; }, kPatience)) << "restart " << i;
    }
  }
  const Values expected = listed(ns);
  EXPECT_FALSE(expected.empty());
  EXPECT_TRUE(eventually([&] { return kept(reflector.store()) == expected; }, kPatience))
      << reflector.status().last_error;
  const WatchStatus status = reflector.status();
  std::cout << restarts() << " restarts: " << status.lists << " lists, " << status.interruptions << " interruptions\n";
  EXPECT_LE(status.lists, 1U + 2U * static_cast<unsigned>(restarts())) << "no storm of lists";
  EXPECT_LE(status.interruptions, 8U * static_cast<unsigned>(restarts())) << "no hot loop";
}

void write_value(const std::string& ns, const std::string& name, const std::string& value) {
  (void)ControlPlane::instance().client()->apply(
      kConfigMap, {{"metadata", {{"namespace", ns}, {"name", name}}}, {"data", {{"value", value}}}},
      {.field_manager = "tests", .subresource = {}});
}

// From then on the versions that the API server gives out are those of a past that watches have seen the future of.
TEST(Restarts, AnEtcdThatIsRestoredFromABackupTakesItsWatchesBack) {
  namespace fs = std::filesystem;
  constexpr int kLostWrites = 300;  // more than an API server writes at its start
  const std::string ns = ControlPlane::instance().make_namespace("restored");
  const fs::path data = folder() / "data" / "etcd";
  const fs::path backup = folder() / "data" / "etcd-backup";
  for (const char* name : {"kept", "changed", "deleted"}) write_value(ns, name, "before");
  const Reflector<std::string> reflector(ControlPlane::instance().client(), values_in(ns));
  const Values before = {{"kept", "before"}, {"changed", "before"}, {"deleted", "before"}};
  ASSERT_TRUE(eventually([&] { return kept(reflector.store()) == before; }, kPatience));
  processes().etcd.kill_it();
  fs::copy(data, backup, fs::copy_options::recursive);
  processes().etcd.start_again();
  const auto served = [&] { return ControlPlane::instance().kubectl({"get", "namespace", ns}).exit_code == 0; };
  ASSERT_TRUE(eventually(served, kPatience));
  for (int i = 0; i < kLostWrites; ++i) write_value(ns, "changed", std::to_string(i));
  write_value(ns, "made", "lost");
  (void)ControlPlane::instance().client()->remove(kConfigMap, {.ns = ns, .name = "deleted"}, {});
  ASSERT_TRUE(eventually([&] { return kept(reflector.store()) == listed(ns); }, kPatience));

  processes().api_server.kill_it();
  processes().etcd.kill_it();
  fs::remove_all(data);
  fs::rename(backup, data);
  processes().etcd.start_again();
  processes().api_server.start_again();
  ASSERT_TRUE(eventually(served, kPatience));

  EXPECT_TRUE(eventually([&] { return kept(reflector.store()) == before; }, kPatience))
      << reflector.status().last_error;
  write_value(ns, "kept", "after");
  EXPECT_TRUE(eventually([&] { return kept(reflector.store()).at("kept") == "after"; }, kPatience));
  EXPECT_EQ(kept(reflector.store()), listed(ns));
  EXPECT_LE(reflector.status().lists, 3U) << "no storm of lists";
}

}  // namespace
}  // namespace kubernetes
