// How long a request may be held back.
#include "admission/patience.h"

#include <gtest/gtest.h>

namespace admission {
namespace {

using std::chrono::seconds;

struct Account {
  std::string user;
  bool is_controller;
};

TEST(Patience, KnowsControllersByTheirAccounts) {
  for (const Account& row : {Account{"system:serviceaccount:kube-system:replicaset-controller", true},
                             Account{"system:serviceaccount:kube-system:job-controller", true},
                             Account{"system:serviceaccount:kube-system:generic-garbage-collector", true},
                             Account{"system:kube-controller-manager", true},
                             Account{"system:serviceaccount:argo-rollouts:argo-rollouts-controller", true},
                             Account{"system:serviceaccount:knative-serving:controller", true},
                             Account{"system:serviceaccount:db:postgres-operator", true},
                             Account{"system:serviceaccount:shop:deployer", false}, Account{"jo", false},
                             Account{"controller", false}, Account{"", false}}) {
    EXPECT_EQ(is_controller_account(row.user), row.is_controller) << row.user;
  }
}

struct Target {
  std::string target;
  int seconds;
};

TEST(Patience, ReadsWhenTheApiServerGivesUp) {
  for (const Target& row :
       {Target{"/validate?timeout=10s", 10}, Target{"/validate?timeout=3s", 3}, Target{"/validate", 10},
        Target{"/validate?timeout=", 10}, Target{"/validate?timeout=x", 10}, Target{"/validate?timeout=5", 10},
        Target{"/validate?timeout=1m0s", 10}, Target{"/validate?timeout=-5s", 1}, Target{"/validate?timeout=9999s", 30},
        Target{"/validate?timeout=99999999999999999999s", 10}, Target{"/timeout=3s", 10}}) {
    EXPECT_EQ(api_server_timeout(row.target), seconds(row.seconds)) << row.target;
  }
}

struct Terms {
  std::string what;
  int at_most;
  std::string user;
  std::string target;
  int expected;
};

TEST(Patience, IsTheLeastOfAllThatBoundIt) {
  const std::string controller = "system:serviceaccount:kube-system:replicaset-controller";
  for (const Terms& row :
       {Terms{"policy", 5, "jo", "/validate?timeout=10s", 5}, Terms{"ours", 60, "jo", "/validate?timeout=30s", 8},
        Terms{"API server", 5, "jo", "/validate?timeout=3s", 2}, Terms{"no time", 5, "jo", "/validate?timeout=1s", 0},
        Terms{"controller", 5, controller, "/validate?timeout=10s", 1}}) {
    EXPECT_EQ(patience({.at_most = seconds(row.at_most), .user = row.user, .target = row.target}),
              seconds(row.expected))
        << row.what;
  }
}

}  // namespace
}  // namespace admission
