#include "bench/simulation/world.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/image_reference.h"
#include "crds/finding_exception.h"
#include "crds/image_report.h"
#include "crds/object_names.h"
#include "crds/scan_policy.h"
#include "crds/scan_registry.h"
#include "crds/vulnerability_database.h"

namespace bench::simulation {

using kubernetes::ObjectKey;
using nlohmann::json;
using namespace std::chrono_literals;

namespace {

const kubernetes::ResourceType kNamespace{"", "v1", "Namespace", "namespaces", false};
const kubernetes::ResourceType kDeployment{"apps", "v1", "Deployment", "deployments", true};

constexpr std::chrono::hours kDay{24};
constexpr int kDaysOfAMonth = 30;
constexpr int kFirstAdvisories = 150;
constexpr const char* kRetention = "3d";
constexpr const char* kFollowedTag = "stable";

bool is_weekend(int day) {
  constexpr int kSaturday = 1;  // the first day is a Friday
  return day % 7 == kSaturday || day % 7 == kSaturday + 1;
}

std::string server_of(std::size_t registry) {
  return fmt::format("registry-{}.invalid:5000", registry);
}

std::string team(std::size_t number) {
  return fmt::format("team-{}", number);
}

// Where what is pushed to a registry is scanned.
std::string pushed_namespace(std::size_t registry) {
  return fmt::format("pushed-{}", registry);
}

ObjectKey image_scan_key(const std::string& ns, const std::string& image) {
  return {.ns = ns, .name = crds::image_scan_name(base::parse_image_reference(image))};
}

json object_of(const kubernetes::ResourceType& type, const ObjectKey& key, json spec) {
  json object = {{"apiVersion", type.api_version()},
                 {"kind", type.kind},
                 {"metadata", {{"name", key.name}}},
                 {"spec", std::move(spec)}};
  if (!key.ns.empty()) object["metadata"]["namespace"] = key.ns;
  return object;
}

}  // namespace

// A hundredth of the images a working day, a twentieth once a month, and a fifth after the great advisory.
std::size_t Plan::pushes_of(int day) const {
  std::size_t pushes = images / (is_weekend(day) ? 500 : 100);
  if (day % kDaysOfAMonth == kDaysOfAMonth / 2) pushes += images / 20;
  if (day == day_of_the_great_advisory() + 1) pushes += images / 5;
  return std::max<std::size_t>(1, pushes);
}

std::string Application::image() const {
  return follows_tag ? fmt::format("{}:{}", repository, kFollowedTag) : fmt::format("{}@{}", repository, digest);
}

World::World(Plan plan, Surroundings surroundings)
    : plan_(plan), with_(surroundings), start_(with_.time.steady_now()) {}

void World::install() {
  add_applications();
  for (std::size_t number = 0; number < plan_.namespaces(); ++number) {
    with_.api.put(kNamespace, object_of(kNamespace, {.ns = {}, .name = team(number)}, json::object()));
  }
  for (std::size_t number = 0; number < plan_.registries(); ++number) put_registry(number);
  for (const Application& application : applications_) put_workload(application);
  put_policy({}, "High");
  with_.api.put(crds::kVulnerabilityDatabase,
                object_of(crds::kVulnerabilityDatabase, {.ns = {}, .name = "default"}, json::object()));
  with_.feed.build(with_.time);
}

// The older an image, the more of the first advisories are about it.
void World::add_applications() {
  for (std::size_t number = 0; number < plan_.images; ++number) {
    while (with_.software.advisories().size() < kFirstAdvisories * number / plan_.images) {
      with_.feed.add(with_.software.find_vulnerability(), with_.time.system_now());
    }
    Application one{.ns = team(number % plan_.namespaces()),
                    .name = fmt::format("app-{}", number),
                    .registry = number % plan_.registries(),
                    .repository = {},
                    .recipe = with_.software.new_recipe()};
    one.repository = fmt::format("{}/{}/{}", server_of(one.registry), one.ns, one.name);
    one.digest = with_.software.build(one.recipe);
    one.follows_tag = number < Plan::kFollowedTags;
    if (one.follows_tag) with_.registries.push(one.image(), one.digest);
    applications_.push_back(std::move(one));
  }
}

void World::put_registry(std::size_t number) {
  const ObjectKey key{.ns = {}, .name = fmt::format("registry-{}", number)};
  with_.api.put(crds::kScanRegistry, object_of(crds::kScanRegistry, key,
                                               {{"server", server_of(number)},
                                                {"namespace", pushed_namespace(number)},
                                                {"retention", {{"age", kRetention}, {"tags", 50}}}}));
  with_.api.put(kNamespace, object_of(kNamespace, {.ns = {}, .name = pushed_namespace(number)}, json::object()));
}

void World::put_workload(const Application& application) {
  const json labels = {{"app", application.name}};
  const json container = {{"name", "main"}, {"image", application.image()}};
  with_.api.put(
      kDeployment,
      object_of(
          kDeployment, {.ns = application.ns, .name = application.name},
          {{"replicas", 2},
           {"selector", {{"matchLabels", labels}}},
           {"template", {{"metadata", {{"labels", labels}}}, {"spec", {{"containers", json::array({container})}}}}}}));
}

// Of the cluster where the namespace is empty.
void World::put_policy(const std::string& ns, const char* severity) {
  const kubernetes::ResourceType& type = ns.empty() ? crds::kClusterScanPolicy : crds::kScanPolicy;
  const ObjectKey key{.ns = ns, .name = "severe"};
  json policy = object_of(
      type, key, {{"mode", "Audit"}, {"rules", json::array({{{"name", "severe"}, {"severityAtLeast", severity}}})}});
  // Who changes a policy leaves its status alone.
  if (const json* known = with_.api.find(type, key); known != nullptr && known->contains("status")) {
    policy["status"] = known->at("status");
  }
  with_.api.put(type, std::move(policy));
}

void World::run(pratique_operator::reconcilers::EventScanRequests& events, const std::stop_token& stop) {
  events_ = &events;
  plan_day(0);
  while (!agenda_.empty()) {
    with_.time.wait_until(agenda_.begin()->first);
    if (stop.stop_requested()) return;
    const Event event = std::move(agenda_.begin()->second);
    agenda_.erase(agenda_.begin());
    event();
  }
}

void World::at(std::chrono::nanoseconds since_start, Event event) {
  agenda_.emplace(start_ + since_start, std::move(event));
}

void World::plan_day(int day) {
  const std::chrono::nanoseconds begin = day * kDay;
  if (day == plan_.days) return at(begin + 1h, [this] { take_exceptions_away(); });
  at(begin + kDay, [this, day] { plan_day(day + 1); });
  // The first day is the installation's.
  if (day == 0) return;
  // The file is looked at every five seconds, in the simulation at each full hour.
  at(begin + 3h - std::chrono::milliseconds(with_.software.drawn(5'000)), [this, day] { update_database(day); });
  at(begin + 11h, [this, day] { except(day); });
  at(begin + 15h, [this, day] { change_policies(day); });
  plan_pushes(begin + 8h, 10h, plan_.pushes_of(day));
}

void World::plan_pushes(std::chrono::nanoseconds begin, std::chrono::nanoseconds length, std::size_t count) {
  const auto seconds = static_cast<std::size_t>(std::chrono::floor<std::chrono::seconds>(length).count());
  for (std::size_t i = 0; i < count; ++i) {
    Application& application = applications_.at(with_.software.drawn(applications_.size()));
    at(begin + std::chrono::seconds(with_.software.drawn(seconds)), [this, &application] { push(application); });
  }
}

void World::push(Application& application) {
  const std::string digest = with_.software.build(application.recipe);
  const std::string tag = application.follows_tag ? kFollowedTag : fmt::format("{}", ++application.builds);
  const std::string image = application.repository + ":" + tag;
  const std::string server = server_of(application.registry);
  const std::string ns = pushed_namespace(application.registry);
  with_.registries.push(image, digest);
  const std::set<std::string> findings = with_.software.findings_of(digest);
  with_.tally.expect_image(image_scan_key(ns, image), digest, findings);
  if (application.follows_tag) {
    application.digest = digest;
    with_.tally.expect_image(image_scan_key(application.ns, image), digest, findings);
  } else {
    at(with_.time.steady_now() - start_ + 10min + std::chrono::seconds(with_.software.drawn(3'000)),
       [this, &application, digest] { roll_out(application, digest); });
  }
  events_->request({.registry = fmt::format("registry-{}", application.registry), .server = server, .ns = ns},
                   {.host = server,
                    .repository = application.repository.substr(server.size() + 1),
                    .tag = tag,
                    .digest = base::Digest::parse(digest)});
}

void World::roll_out(Application& application, const std::string& digest) {
  application.digest = digest;
  with_.tally.expect_image(image_scan_key(application.ns, application.image()), digest,
                           with_.software.findings_of(digest));
  put_workload(application);
}

// Three to five new advisories a day; base images follow once a week, and at once what everybody waits for.
void World::update_database(int day) {
  if (day % 7 == 0 || day == plan_.day_of_the_great_advisory() + 1) with_.software.renew_bases();
  const std::size_t first = with_.software.advisories().size();
  for (std::size_t count = 3 + with_.software.drawn(3); count > 0; --count) {
    static_cast<void>(with_.software.find_vulnerability());
  }
  if (day == plan_.day_of_the_great_advisory()) {
    static_cast<void>(with_.software.find_vulnerability(Software::kEverywhere));
  }
  const auto& all = with_.software.advisories();
  for (std::size_t number = first; number < all.size(); ++number) {
    with_.feed.add(all[number], with_.time.system_now());
  }
  with_.feed.build(with_.time);
  with_.api.for_each(crds::kImageReport, [&](const json& report) {
    const std::string digest = report.at("spec").at("digest");
    const bool is_new = std::any_of(all.begin() + static_cast<std::ptrdiff_t>(first), all.end(),
                                    [&](const MadeAdvisory& one) { return with_.software.has(digest, one); });
    if (is_new) with_.tally.expect_verdict(report.at("metadata").at("name"));
  });
}

// Two exceptions a day, for one to nine weeks; a week after their end somebody takes them away.
void World::except(int day) {
  for (int i = 0; i < 2; ++i) {
    const Application& application = applications_.at(with_.software.drawn(applications_.size()));
    const auto advisories = with_.software.advisories_of(application.digest);
    if (advisories.empty()) continue;
    const MadeAdvisory& advisory = *advisories.at(with_.software.drawn(advisories.size()));
    const auto length = (1 + static_cast<int>(with_.software.drawn(9))) * 7 * kDay;
    const ObjectKey key{.ns = application.ns, .name = fmt::format("exception-{}", exceptions_++)};
    with_.api.put(crds::kFindingException,
                  object_of(crds::kFindingException, key,
                            {{"vulnerabilities", json::array({{{"id", advisory.id}, {"status", "accepted"}}})},
                             {"reason", "the code is never reached"},
                             {"expiresAt", base::format_rfc3339(with_.time.system_now() + length)}}));
    at(day * kDay + 12h + length + 7 * kDay, [this, key] {
      if (with_.api.find(crds::kFindingException, key) != nullptr) with_.api.take_away(crds::kFindingException, key);
    });
  }
}

// The policy of one namespace each day, and the cluster's once a month.
void World::change_policies(int day) {
  const auto severity = [](int turn) { return turn % 2 == 0 ? "High" : "Critical"; };
  put_policy(team(with_.software.drawn(plan_.namespaces())), severity(static_cast<int>(with_.software.drawn(2))));
  if (day % kDaysOfAMonth == 0) put_policy({}, severity(day / kDaysOfAMonth));
}

void World::take_exceptions_away() {
  std::vector<ObjectKey> keys;
  with_.api.for_each(crds::kFindingException, [&](const json& one) { keys.push_back(kubernetes::key_of(one)); });
  for (const ObjectKey& key : keys) with_.api.take_away(crds::kFindingException, key);
}

}  // namespace bench::simulation
