// Pratique without its webhook, on a control plane of its own: two replicas of pratique-operator and a pratique-scanner
// as their own accounts, the policy `default` in mode Deny, and an advisory database that tests may spoil. What the
// tests of this folder share.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "crds/image_scan.h"
#include "crds/scan_registry.h"
#include "crds/vulnerability_database.h"
#include "kubernetes/api_client.h"
#include "tests/scanner/advisories/database_fixture.h"
#include "tests/support/background_process.h"
#include "tests/support/fake_registry.h"
#include "tests/support/installation.h"
#include "tests/support/layout_writer.h"

namespace tests {

// How replicas are started.
struct OperatorStart {
  std::string kubeconfig = {};            // empty: that of the operator's account
  std::vector<std::string> options = {};  // further ones
};

// One process of pratique-operator.
class OperatorReplica {
 public:
  // `state` names what is its own: log, verified copies of the database.
  OperatorReplica(const std::filesystem::path& folder, const std::string& state, int scanner_port,
                  const OperatorStart& start);

  [[nodiscard]] int events_port() const { return events_port_; }
  [[nodiscard]] bool ready() const;
  // By its own gauge.
  [[nodiscard]] bool leads() const;
  // For a person.
  [[nodiscard]] std::string readiness() const;
  [[nodiscard]] std::string log() const { return process_.output(); }
  int stop(int signal = SIGTERM) { return process_.stop(signal); }
  [[nodiscard]] bool running() { return process_.running(); }
  [[nodiscard]] pid_t pid() const { return process_.pid(); }

 private:
  int events_port_ = free_port();
  int metrics_port_ = free_port();
  int health_port_ = free_port();
  BackgroundProcess process_;
};

class InstalledOperator {
 public:
  // Installed and started at the first call, once for the program.
  static InstalledOperator& instance();

  [[nodiscard]] const std::shared_ptr<kubernetes::ApiClient>& admin() const { return admin_; }

  // The two replicas; both run between tests.
  [[nodiscard]] OperatorReplica& leader();
  [[nodiscard]] OperatorReplica& standby();
  // Ends the leader by this signal without starting another.
  void end_leader(int signal);
  // Ends one of them, chosen by the number.
  void end_any(int signal, std::size_t which);
  // Until there are two, ready, one of which leads; a Lease whose holder was killed lives on for some time.
  enum class Until { kReady, kLeading };
  // Ends both, and starts others so from now on, too.
  void start_anew(OperatorStart start, Until until = Until::kLeading);
  // Ends both and starts one, which is not waited for: the caller's. start_missing_replicas() follows at the end.
  [[nodiscard]] std::unique_ptr<OperatorReplica> start_alone() { return start_alone(start_); }
  [[nodiscard]] std::unique_ptr<OperatorReplica> start_alone(const OperatorStart& start);
  // Starts others in the place of those that died.
  void replace_the_dead();
  // Of the replicas that run.
  [[nodiscard]] std::vector<int> events_ports() const;
  void start_missing_replicas(Until until = Until::kLeading);

  // The scanner dies by this signal; start_scanner() starts one where none runs.
  void end_scanner(int signal) { scanner_->stop(signal); }
  void start_scanner();

  // The database as the tests' advisories make it, of one generation more than ever before.
  [[nodiscard]] std::string build_database();
  // Puts these bytes in the place of the operator's file at once; nullopt removes it.
  void set_database_file(const std::optional<std::string>& bytes);
  // The bytes that were installed at the start.
  [[nodiscard]] const std::string& first_database() const { return first_database_; }
  [[nodiscard]] std::string database_path() const { return folder_.file("advisories.db"); }

  // A ScanRegistry that lets this host be reached by plain HTTP and sends ImageScans of its events to `ns`; its name.
  std::string name_registry(const std::string& host, const std::string& ns);
  // POSTs the body of a registry's event, with its secret, to the receiver on this port. Whether it was taken (202).
  [[nodiscard]] bool send_event(int port, const std::string& scan_registry, const std::string& body) const;
  // Of the authority that signed the event receivers' certificates.
  [[nodiscard]] const std::string& events_ca() const { return events_ca_; }
  // What the Authorization header of events must be.
  static constexpr const char* kEventSecret = "Bearer of-the-tests";

 private:
  InstalledOperator();
  void install();
  void start_first_replica();
  void fill_up();
  [[nodiscard]] bool is_whole(Until until) const;
  [[nodiscard]] std::string state_of_replicas() const;
  [[nodiscard]] std::string secret_text(const std::string& name, const std::string& key) const;

  std::shared_ptr<kubernetes::ApiClient> admin_;
  TemporaryFolder folder_;
  DatabaseFixture database_;
  std::string first_database_;
  std::string events_ca_;
  int scanner_port_ = free_port();
  int replicas_started_ = 0;
  OperatorStart start_;
  std::unique_ptr<BackgroundProcess> scanner_;
  std::vector<std::unique_ptr<OperatorReplica>> replicas_;
};

// A namespace of its own with a registry that a ScanRegistry names. At the end its ImageScans go: what keeps failing
// would be tried again while the next test looks.
class FollowedNamespace {
 public:
  explicit FollowedNamespace(const std::string& prefix);
  ~FollowedNamespace();
  FollowedNamespace(const FollowedNamespace&) = delete;
  FollowedNamespace& operator=(const FollowedNamespace&) = delete;

  [[nodiscard]] const std::string& name() const { return ns_; }
  [[nodiscard]] FakeRegistry& registry() { return registry_; }
  [[nodiscard]] const std::string& scan_registry() const { return scan_registry_; }

 private:
  InstalledOperator& cluster_ = InstalledOperator::instance();
  std::string ns_;
  FakeRegistry registry_;
  std::string scan_registry_;
};

// The ImageScan as it is stored now.
[[nodiscard]] crds::ImageScan stored_scan(const kubernetes::ObjectKey& key);
// Creates one; its key.
kubernetes::ObjectKey create_scan(const std::string& ns, const std::string& name, const nlohmann::json& spec);
// "status/reason" of a condition, "" when it is not there; and its message.
[[nodiscard]] std::string state_of(const std::vector<kubernetes::Condition>& conditions, std::string_view type);
[[nodiscard]] std::string message_of(const std::vector<kubernetes::Condition>& conditions, std::string_view type);

// One change that an account asked of the API server, from its audit log.
struct AuditedWrite {
  std::string verb;
  std::string resource;  // "imagescans/status"
  kubernetes::ObjectKey key;
  int code = 0;
  std::string message = {};  // of a refusal
};
// All of the operator's account so far, Lease renewals left out. Not thread-safe.
const std::vector<AuditedWrite>& operator_writes();
// Those of one object that were taken.
[[nodiscard]] std::size_t count_writes(const std::string& resource, const kubernetes::ObjectKey& key);
// Waits until no write was made for `span`; false when they do not stop soon.
[[nodiscard]] bool operator_rests(std::chrono::seconds span);

}  // namespace tests
