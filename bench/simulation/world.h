// What happens in the simulated cluster while the operator watches: pushes, rollouts, database updates, exceptions that
// begin and end, policies that change. The same from the same seed.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "bench/simulation/advisory_feed.h"
#include "bench/simulation/simulated_api.h"
#include "bench/simulation/software.h"
#include "bench/simulation/stand_ins.h"
#include "bench/simulation/tally.h"
#include "operator/reconcilers/event_scan_requests.h"

namespace bench::simulation {

// How much there is, and how much of it happens: most follows from the number of images.
struct Plan {
  std::size_t images = 10'000;
  int days = 365;
  std::uint32_t seed = 1;

  static constexpr std::size_t kFollowedTags = 1;  // workloads that name a tag, which is resolved every five minutes

  [[nodiscard]] std::size_t namespaces() const { return std::max<std::size_t>(2, images / 100); }
  [[nodiscard]] std::size_t registries() const { return std::max<std::size_t>(1, images / 1'000); }
  [[nodiscard]] std::size_t pushes_of(int day) const;
  [[nodiscard]] int day_of_the_great_advisory() const { return days / 2; }  // which is about every image
};

// A Deployment of one container.
struct Application {
  std::string ns;
  std::string name;
  std::size_t registry = 0;
  std::string repository{};  // "registry-1.invalid:5000/team-1/app-1"
  Recipe recipe{};
  std::string digest{};  // of what runs
  int builds = 0;
  bool follows_tag = false;

  // As the Deployment writes it.
  [[nodiscard]] std::string image() const;
};

class World {
 public:
  struct Surroundings {  // borrowed
    SimulatedTime& time;
    SimulatedApi& api;
    Software& software;
    AdvisoryFeed& feed;
    MadeRegistries& registries;
    Tally& tally;
  };
  World(Plan plan, Surroundings surroundings);

  // What is there before the operator is: namespaces, workloads, policies and a database.
  void install();
  // The process: everything that happens, until the last day has passed; then all exceptions are taken away.
  void run(pratique_operator::reconcilers::EventScanRequests& events, const std::stop_token& stop);

  [[nodiscard]] const std::vector<Application>& applications() const { return applications_; }

 private:
  using Event = std::function<void()>;

  void add_applications();
  void put_policy(const std::string& ns, const char* severity);
  void put_workload(const Application& application);
  void put_registry(std::size_t number);
  void at(std::chrono::nanoseconds since_start, Event event);
  void plan_day(int day);
  void plan_pushes(std::chrono::nanoseconds begin, std::chrono::nanoseconds length, std::size_t count);
  void push(Application& application);
  void roll_out(Application& application, const std::string& digest);
  void update_database(int day);
  void except(int day);
  void change_policies(int day);
  void take_exceptions_away();

  const Plan plan_;
  Surroundings with_;
  base::SteadyTime start_;
  std::vector<Application> applications_;
  std::multimap<base::SteadyTime, Event> agenda_;
  pratique_operator::reconcilers::EventScanRequests* events_ = nullptr;
  std::size_t exceptions_ = 0;
};

}  // namespace bench::simulation
