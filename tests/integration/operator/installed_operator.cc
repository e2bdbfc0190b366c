#include "tests/integration/operator/installed_operator.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <utility>

#include "base/base64.h"
#include "base/file.h"
#include "net/http_client.h"
#include "tests/support/paths.h"
#include "tests/support/sample_image.h"

namespace tests {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::size_t kFileBytesMax = 64 << 20;
constexpr const char* kAccount = "system:serviceaccount:pratique-system:pratique-operator";

std::string loopback(int port, const std::string& path) {
  return "http://127.0.0.1:" + std::to_string(port) + path;
}

std::string body_of(const std::string& url) {
  try {
    return net::make_http_client({})->send({.url = net::parse_url(url)}).body;
  } catch (const base::NetworkError&) {
    return {};
  }
}

fs::path audit_log() {
  return control_plane_folder() / "logs/audit.log";
}

std::vector<std::string> with(const std::vector<std::string>& more, std::vector<std::string> words) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

void require(bool held, const std::string& what) {
  if (!held) throw std::runtime_error(what);
}

}  // namespace

OperatorReplica::OperatorReplica(const fs::path& folder, const std::string& state, int scanner_port,
                                 const OperatorStart& start)
    : process_(with(start.options,
                    std::vector<std::string>{program_path("pratique-operator"),
                                             "--kubeconfig",
                                             start.kubeconfig.empty()
                                                 ? (control_plane_folder() / "pratique-operator.kubeconfig").string()
                                                 : start.kubeconfig,
                                             "--namespace",
                                             "pratique-system",
                                             "--database",
                                             folder / "advisories.db",
                                             "--database-keys",
                                             folder / "keys",
                                             "--state-dir",
                                             folder / state,
                                             "--scanner",
                                             "https://localhost:" + std::to_string(scanner_port),
                                             "--events-address",
                                             "127.0.0.1",
                                             "--events-port",
                                             std::to_string(events_port_),
                                             "--metrics-port",
                                             std::to_string(metrics_port_),
                                             "--health-port",
                                             std::to_string(health_port_),
                                             "--report-api-port",
                                             "0"}),
               folder / (state + ".log")) {}

bool OperatorReplica::ready() const {
  return answers_ok(loopback(health_port_, "/readyz"));
}

std::string OperatorReplica::readiness() const {
  return (leads() ? "leads: " : "does not lead: ") + body_of(loopback(health_port_, "/readyz"));
}

bool OperatorReplica::leads() const {
  return body_of(loopback(metrics_port_, "/metrics"))
             .find("leader_election_master_status{name=\"pratique-operator\"} 1") != std::string::npos;
}

InstalledOperator& InstalledOperator::instance() {
  // Read by tests/control_plane/start. The control plane is made first, so that it ends last.
  ::setenv("CONTROL_PLANE_AUDIT", "1", 1);
  (void)ControlPlane::instance();
  require(fs::exists(audit_log()), "the control plane has no audit log; leave PRATIQUE_TEST_CLUSTER unset");
  static InstalledOperator installed;
  return installed;
}

InstalledOperator::InstalledOperator() : admin_(ControlPlane::instance().client()) {
  install();
  for (const std::string& record : sample_osv_records()) {
    database_.write("feed/" + std::to_string(std::hash<std::string>()(record)) + ".json", record);
  }
  fs::create_directories(folder_.path() / "keys");
  fs::copy_file(database_.key() + ".pub", folder_.path() / "keys" / "test.pub");
  first_database_ = build_database();
  set_database_file(first_database_);
  start_first_replica();
  start_scanner();
  start_missing_replicas();
}

void InstalledOperator::install() {
  install_definitions();
  kubectl_or_throw({"apply", "--server-side", "-f", source_path() / "manifests/base/namespace.yaml"});
  for (const char* folder : {"base/rbac", "base/database", "base/protection", "overlays/enforce/policy"}) {
    install_manifests(folder);
  }
  kubectl_or_throw({"create", "secret", "generic", "pratique-events", "-n", "pratique-system",
                    std::string("--from-literal=authorization=") + kEventSecret});
  static_cast<void>(kubeconfig_of_account("pratique-operator"));
}

// The first replica makes the authority and both Secrets; what the kubelet would mount for the scanner is written out.
void InstalledOperator::start_first_replica() {
  replicas_.push_back(std::make_unique<OperatorReplica>(folder_.path(), "operator-0", scanner_port_, start_));
  replicas_started_ = 1;
  const bool made = eventually([&] {
    return admin_->get(kSecret, {"pratique-system", "pratique-scanner-tls"}).has_value();
  });
  require(made, "the operator made no certificates:\n" + replicas_.front()->log());
  events_ca_ = secret_text("pratique-operator-tls", "ca.crt");
  const fs::path tls = folder_.path() / "scanner-tls";
  fs::create_directories(tls);
  for (const char* key : {"ca.crt", "tls.crt", "tls.key"}) {
    write_file(tls / key, secret_text("pratique-scanner-tls", key));
  }
}

void InstalledOperator::start_scanner() {
  if (scanner_ && scanner_->running()) return;
  const fs::path tls = folder_.path() / "scanner-tls";
  const int health_port = free_port();
  scanner_ = std::make_unique<BackgroundProcess>(
      std::vector<std::string>{program_path("pratique-scanner"), "serve", "--listen",
                               "127.0.0.1:" + std::to_string(scanner_port_), "--tls-dir", tls, "--metrics-address",
                               "127.0.0.1:0", "--health-address", "127.0.0.1:" + std::to_string(health_port)},
      folder_.path() / "scanner.log");
  const bool ready = eventually([&] { return answers_ok(loopback(health_port, "/readyz")); });
  require(ready, "pratique-scanner is not ready:\n" + scanner_->output());
}

std::string InstalledOperator::secret_text(const std::string& name, const std::string& key) const {
  const std::optional<json> secret = admin_->get(kSecret, {"pratique-system", name});
  require(secret.has_value(), "no Secret " + name);
  return base::decode_base64(secret->at("data").at(key).get<std::string>()).value();
}

OperatorReplica& InstalledOperator::leader() {
  OperatorReplica* found = nullptr;
  // Longer than a Lease lives whose holder was killed.
  const bool one_leads = eventually(
      [&] {
        const auto place = std::ranges::find_if(replicas_, [](const auto& replica) { return replica->leads(); });
        found = place == replicas_.end() ? nullptr : place->get();
        return found != nullptr;
      },
      std::chrono::seconds(40));
  require(one_leads, "no replica leads");
  return *found;
}

OperatorReplica& InstalledOperator::standby() {
  const auto found = std::ranges::find_if(replicas_, [](const auto& replica) { return !replica->leads(); });
  require(found != replicas_.end(), "all replicas lead");
  return **found;
}

void InstalledOperator::end_leader(int signal) {
  OperatorReplica* const ended = &leader();
  ended->stop(signal);
  std::erase_if(replicas_, [&](const auto& replica) { return replica.get() == ended; });
}

void InstalledOperator::end_any(int signal, std::size_t which) {
  const auto place = replicas_.begin() + static_cast<std::ptrdiff_t>(which % replicas_.size());
  (*place)->stop(signal);
  replicas_.erase(place);
}

void InstalledOperator::start_anew(OperatorStart start, Until until) {
  start_ = std::move(start);
  for (const auto& replica : replicas_) replica->stop();
  replicas_.clear();
  start_missing_replicas(until);
}

std::unique_ptr<OperatorReplica> InstalledOperator::start_alone(const OperatorStart& start) {
  for (const auto& replica : replicas_) replica->stop();
  replicas_.clear();
  const std::string state = "operator-" + std::to_string(replicas_started_++);
  return std::make_unique<OperatorReplica>(folder_.path(), state, scanner_port_, start);
}

void InstalledOperator::replace_the_dead() {
  // One that was killed a moment ago may not have died yet.
  const bool whole = eventually(
      [&] {
        std::erase_if(replicas_, [](const auto& replica) { return !replica->running(); });
        fill_up();
        return is_whole(Until::kLeading);
      },
      std::chrono::seconds(30));
  require(whole, state_of_replicas());
}

std::vector<int> InstalledOperator::events_ports() const {
  std::vector<int> ports;
  for (const auto& replica : replicas_) ports.push_back(replica->events_port());
  return ports;
}

void InstalledOperator::fill_up() {
  while (replicas_.size() < 2) {
    const std::string state = "operator-" + std::to_string(replicas_started_++);
    replicas_.push_back(std::make_unique<OperatorReplica>(folder_.path(), state, scanner_port_, start_));
  }
}

bool InstalledOperator::is_whole(Until until) const {
  const bool all_ready = std::ranges::all_of(replicas_, [](const auto& replica) { return replica->ready(); });
  const auto leaders = std::ranges::count_if(replicas_, [](const auto& replica) { return replica->leads(); });
  return all_ready && (until == Until::kReady || leaders == 1);
}

std::string InstalledOperator::state_of_replicas() const {
  std::string told = "the replicas of pratique-operator are not ready, or not one of them leads:\n";
  for (const auto& replica : replicas_) told += replica->readiness() + "\n" + replica->log() + "\n";
  return told;
}

void InstalledOperator::start_missing_replicas(Until until) {
  fill_up();
  require(eventually([&] { return is_whole(until); }), state_of_replicas());
}

std::string InstalledOperator::build_database() {
  static_cast<void>(database_.build({"osv:feed"}));
  return base::read_file(database_.database(), kFileBytesMax);
}

void InstalledOperator::set_database_file(const std::optional<std::string>& bytes) {
  if (!bytes) {
    fs::remove(database_path());
    return;
  }
  write_file(database_path() + ".new", *bytes);
  fs::rename(database_path() + ".new", database_path());
}

std::string InstalledOperator::name_registry(const std::string& host, const std::string& ns) {
  const std::string name = unique_name("registry");
  (void)admin_->create(crds::kScanRegistry, {{"apiVersion", crds::kScanRegistry.api_version()},
                                             {"kind", crds::kScanRegistry.kind},
                                             {"metadata", {{"name", name}}},
                                             {"spec",
                                              {{"server", host},
                                               {"namespace", ns},
                                               {"tls", {{"plainHTTP", true}}},
                                               {"events",
                                                {{"format", "Distribution"},
                                                 {"secretRef", {{"name", "pratique-events"}, {"key", "authorization"}}},
                                                 {"repositories", {"shop/*"}}}}}}});
  return name;
}

bool InstalledOperator::send_event(int port, const std::string& scan_registry, const std::string& body) const {
  const auto http = net::make_http_client(
      {.tls = {.ca_bundle_pem = events_ca_, .client_certificate_pem = {}, .client_key_pem = {}}, .address_policy = {}});
  net::HttpRequest request;
  request.method = "POST";
  request.url = net::parse_url("https://localhost:" + std::to_string(port) + "/events/" + scan_registry);
  request.headers = {{"Content-Type", "application/vnd.docker.distribution.events.v1+json"},
                     {"Authorization", kEventSecret}};
  request.body = body;
  request.total_timeout = std::chrono::seconds(10);
  try {
    return http->send(request).status == 202;
  } catch (const base::NetworkError&) {
    return false;  // nobody listens, or it died of it
  }
}

FollowedNamespace::FollowedNamespace(const std::string& prefix)
    : ns_(ControlPlane::instance().make_namespace(prefix)),
      scan_registry_(cluster_.name_registry(registry_.host(), ns_)) {}

FollowedNamespace::~FollowedNamespace() {
  (void)ControlPlane::instance().kubectl({"delete", "imagescans", "--all", "-n", ns_, "--wait=false"});
  (void)ControlPlane::instance().kubectl({"delete", "scanregistry", scan_registry_, "--wait=false"});
}

crds::ImageScan stored_scan(const kubernetes::ObjectKey& key) {
  const std::optional<json> scan = InstalledOperator::instance().admin()->get(crds::kImageScan, key);
  require(scan.has_value(), "there is no ImageScan " + key.text());
  return scan->get<crds::ImageScan>();
}

kubernetes::ObjectKey create_scan(const std::string& ns, const std::string& name, const json& spec) {
  return kubernetes::key_of(InstalledOperator::instance().admin()->create(
      crds::kImageScan, {{"apiVersion", crds::kImageScan.api_version()},
                         {"kind", crds::kImageScan.kind},
                         {"metadata", {{"name", name}, {"namespace", ns}}},
                         {"spec", spec}}));
}

std::string state_of(const std::vector<kubernetes::Condition>& conditions, std::string_view type) {
  const kubernetes::Condition* found = kubernetes::find_condition(conditions, type);
  return found == nullptr ? "" : found->status + "/" + found->reason;
}

std::string message_of(const std::vector<kubernetes::Condition>& conditions, std::string_view type) {
  const kubernetes::Condition* found = kubernetes::find_condition(conditions, type);
  return found == nullptr ? "" : found->message;
}

const std::vector<AuditedWrite>& operator_writes() {
  static std::vector<AuditedWrite> writes;
  static std::ifstream log(audit_log());
  log.clear();
  std::string line;
  for (auto begin = log.tellg(); std::getline(log, line); begin = log.tellg()) {
    if (log.eof()) {
      // It is being written; the next call reads it whole.
      log.clear();
      log.seekg(begin);
      break;
    }
    const json event = json::parse(line);
    if (event.at("user").value("username", "") != kAccount) continue;
    const json object = event.value("objectRef", json::object());
    const std::string subresource = object.value("subresource", "");
    AuditedWrite write{.verb = event.value("verb", ""),
                       .resource = object.value("resource", "") + (subresource.empty() ? "" : "/" + subresource),
                       .key = {object.value("namespace", ""), object.value("name", "")},
                       .code = event.value("responseStatus", json::object()).value("code", 0),
                       .message = event.value("responseStatus", json::object()).value("message", "")};
    if (write.resource != "leases") writes.push_back(std::move(write));
  }
  return writes;
}

std::size_t count_writes(const std::string& resource, const kubernetes::ObjectKey& key) {
  return static_cast<std::size_t>(std::ranges::count_if(operator_writes(), [&](const AuditedWrite& write) {
    return write.resource == resource && write.key == key && write.code < 300;
  }));
}

bool operator_rests(std::chrono::seconds span) {
  std::size_t known = operator_writes().size();
  auto since = std::chrono::steady_clock::now();
  return eventually(
      [&] {
        const std::size_t now = operator_writes().size();
        if (std::exchange(known, now) != now) since = std::chrono::steady_clock::now();
        return std::chrono::steady_clock::now() - since >= span;
      },
      span + std::chrono::seconds(30));
}

}  // namespace tests
