// The bookkeeping of requests that wait: bounds, topics, deadlines.
#include "admission/parking.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace admission {
namespace {

using std::chrono::seconds;
using Ticket = Parking::Ticket;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr base::SteadyTime kStart{};

Parking::Stay stay(const std::string& ns, std::vector<std::string> topics, seconds until = seconds(5)) {
  return {.ns = ns, .topics = std::move(topics), .until = kStart + until};
}

TEST(Parking, TellsWhoListensToATopic) {
  Parking parking({});
  const Ticket one = std::get<Ticket>(parking.park(stay("shop", {"a", "b"})));
  const Ticket two = std::get<Ticket>(parking.park(stay("shop", {"b"})));

  EXPECT_THAT(parking.listeners("a"), ElementsAre(one));
  EXPECT_THAT(parking.listeners("b"), ElementsAre(one, two));
  EXPECT_THAT(parking.listeners("c"), IsEmpty());
}

TEST(Parking, ListensToOtherTopicsWhenToldTo) {
  Parking parking({});
  const Ticket ticket = std::get<Ticket>(parking.park(stay("shop", {"reference", "reference"})));

  parking.listen(ticket, {"digest"});

  EXPECT_THAT(parking.listeners("reference"), IsEmpty());
  EXPECT_THAT(parking.listeners("digest"), ElementsAre(ticket));
}

TEST(Parking, KnowsWhoseTimeIsUpAndWhenTheNextIs) {
  Parking parking({});
  const Ticket late = std::get<Ticket>(parking.park(stay("shop", {}, seconds(8))));
  const Ticket soon = std::get<Ticket>(parking.park(stay("shop", {}, seconds(1))));

  EXPECT_EQ(parking.next_deadline(), kStart + seconds(1));
  EXPECT_THAT(parking.due(kStart), IsEmpty());
  EXPECT_THAT(parking.due(kStart + seconds(1)), ElementsAre(soon));
  EXPECT_TRUE(parking.is_due(soon, kStart + seconds(1)));
  EXPECT_FALSE(parking.is_due(late, kStart + seconds(7)));
  EXPECT_THAT(parking.due(kStart + seconds(9)), ElementsAre(soon, late));
}

TEST(Parking, WhoLeavesLeavesNothing) {
  Parking parking({.requests_max = 1, .of_a_namespace_max = 1});
  const Ticket ticket = std::get<Ticket>(parking.park(stay("shop", {"a"})));

  parking.leave(ticket);
  parking.leave(ticket);
  parking.listen(ticket, {"a"});

  EXPECT_EQ(parking.size(), 0U);
  EXPECT_THAT(parking.listeners("a"), IsEmpty());
  EXPECT_EQ(parking.next_deadline(), std::nullopt);
  EXPECT_FALSE(parking.is_due(ticket, kStart + seconds(60)));
  EXPECT_TRUE(std::holds_alternative<Ticket>(parking.park(stay("shop", {"a"})))) << "its place is free";
}

TEST(Parking, IsBoundedInANamespaceAndInAll) {
  Parking parking({.requests_max = 3, .of_a_namespace_max = 2});
  EXPECT_TRUE(std::holds_alternative<Ticket>(parking.park(stay("shop", {}))));
  EXPECT_TRUE(std::holds_alternative<Ticket>(parking.park(stay("shop", {}))));

  EXPECT_EQ(std::get<Parking::Refusal>(parking.park(stay("shop", {}))), Parking::Refusal::kNamespaceFull);
  EXPECT_TRUE(std::holds_alternative<Ticket>(parking.park(stay("bank", {}))));
  EXPECT_EQ(std::get<Parking::Refusal>(parking.park(stay("bank", {}))), Parking::Refusal::kFull);
}

TEST(Parking, HasTheBoundsThatTheManualNames) {
  const ParkingLimits limits;
  EXPECT_EQ(limits.requests_max, 64U);
  EXPECT_EQ(limits.of_a_namespace_max, 4U);
}

}  // namespace
}  // namespace admission
