#include "operator/reconcilers/announcements.h"

#include <gmock/gmock.h>

#include <fstream>
#include <iterator>

#include "tests/operator/support/image_scan_fixture.h"
#include "tests/support/paths.h"

namespace pratique_operator::reconcilers {
namespace {

using kubernetes::Condition;
using kubernetes::EventSeverity;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using tests::kWeb;

Condition condition(const std::string& type, const std::string& status, const std::string& reason,
                    const std::string& message = "") {
  return {.type = type,
          .status = status,
          .reason = reason,
          .message = message,
          .last_transition_time = {},
          .observed_generation = 1};
}

struct Row {
  const char* name;
  Condition before;
  Condition after;
  std::vector<Announcement> told;
};

TEST(Announcements, TellWhatBecameOfAScan) {
  const std::vector<Row> rows = {
      {"a scan that is over",
       condition("Scanned", "Unknown", "Scanning"),
       condition("Scanned", "True", "Scanned", "1 critical"),
       {{EventSeverity::kNormal, "Scanned", "Scan", "1 critical"}}},
      {"a scan that stays",
       condition("Scanned", "True", "Scanned", "1 critical"),
       condition("Scanned", "True", "Scanned", "1 critical"),
       {}},
      {"other findings",
       condition("Scanned", "True", "Scanned", "1 critical"),
       condition("Scanned", "True", "Scanned", "2 critical"),
       {{EventSeverity::kNormal, "Scanned", "Scan", "2 critical"}}},
      {"a scan that failed",
       condition("Scanned", "Unknown", "Scanning"),
       condition("Scanned", "False", "ScannerBusy", "all are busy"),
       {{EventSeverity::kWarning, "ScanFailed", "Scan", "ScannerBusy: all are busy"}}},
      {"a reference that cannot be resolved",
       condition("Resolved", "True", "Resolved"),
       condition("Resolved", "False", "NotFound", "no such image"),
       {{EventSeverity::kWarning, "ResolveFailed", "Resolve", "NotFound: no such image"}}},
      {"a reason without words",
       condition("Resolved", "Unknown", "Pending"),
       condition("Resolved", "False", "NotFound"),
       {{EventSeverity::kWarning, "ResolveFailed", "Resolve", "NotFound"}}},
      {"something that was not looked at",
       condition("Complete", "Unknown", "Pending"),
       condition("Complete", "False", "Incomplete", "not looked at: a.jar"),
       {{EventSeverity::kWarning, "Incomplete", "Scan", "Incomplete: not looked at: a.jar"}}},
      {"what everybody expects",
       condition("Complete", "Unknown", "Pending"),
       condition("Complete", "True", "Complete", "all was read"),
       {}},
      {"a scan that begins", condition("Scanned", "True", "Scanned"), condition("Scanned", "Unknown", "Scanning"), {}},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(announce_scan({row.before}, {row.after}), row.told) << row.name;
  }
}

TEST(Announcements, TellWhatBecameOfARegistryAndOfADatabase) {
  EXPECT_THAT(announce_registry({}, {condition("Reachable", "False", "Unreachable", "refused"),
                                     condition("EventsReceiving", "Unknown", "NoEventYet")}),
              ElementsAre(Announcement{EventSeverity::kWarning, "Unreachable", "Connect", "Unreachable: refused"}));
  EXPECT_THAT(
      announce_database({condition("Ready", "True", "Active", "generation 7 is active")},
                        {condition("Ready", "True", "Active", "generation 8 is active"),
                         condition("Held", "True", "FileRefused", "not signed")}),
      ElementsAre(Announcement{EventSeverity::kNormal, "GenerationActive", "Activate", "generation 8 is active"},
                  Announcement{EventSeverity::kWarning, "GenerationRefused", "Activate", "not signed"}));
}

using ToldOfScans = tests::ImageScanReconcilerTest;

TEST_F(ToldOfScans, OnceAndNotAgainWhileNothingChanges) {
  make_scan();

  reconcile();

  EXPECT_THAT(events_.lines(), ElementsAre("Normal Resolved on shop/web", "Warning ScanFailed on shop/web"))
      << "there is no database yet";
  EXPECT_THAT(events_.all().at(1).note, HasSubstr("NoDatabase: "));
  EXPECT_EQ(events_.all().at(1).regarding_uid, scans_.get(kWeb)->metadata.uid);
  EXPECT_EQ(events_.all().at(1).regarding_type.kind, "ImageScan");

  match_report();
  events_.forget();
  reconcile();
  EXPECT_THAT(events_.lines(), ElementsAre("Normal Scanned on shop/web"));

  events_.forget();
  reconcile();
  EXPECT_THAT(events_.lines(), IsEmpty());
}

TEST_F(ToldOfScans, NothingThatWasNotWritten) {
  make_scan();
  api_.fail_writes(500, "InternalError");

  EXPECT_THROW(static_cast<void>(reconciler_.reconcile(kWeb, {})), kubernetes::ApiError);

  EXPECT_THAT(events_.lines(), IsEmpty());
}

TEST_F(ToldOfScans, WhyAReferenceCannotBeResolved) {
  make_scan();
  resolver_.error = [] { throw base::NetworkError("connection refused"); };

  reconcile_and_fail();
  reconcile_and_fail();

  ASSERT_THAT(events_.lines(), ElementsAre("Warning ResolveFailed on shop/web"));
  EXPECT_THAT(events_.all()[0].note, HasSubstr("RegistryUnreachable: connection refused"));
}

// What the recorder asks of the API, and what the operator's account may do. The patch is for what repeats.
TEST(RecordedEvents, NeedOnlyWhatTheManifestsGrant) {
  const auto api = std::make_shared<tests::MemoryApi>();
  crds::Metadata metadata;
  metadata.name = "web";
  metadata.ns = "shop";
  {
    kubernetes::EventRecorder recorder(api, {.controller = "pratique.dev/operator", .instance = "operator-0"}, nullptr);
    tell(recorder, crds::kImageScan, metadata, {{EventSeverity::kNormal, "Scanned", "Scan", "1 critical"}});
  }

  EXPECT_THAT(api->writes(), ElementsAre(testing::StartsWith("create events/shop/web.")));
  const nlohmann::json event = api->all(kubernetes::event_type()).at(0);
  EXPECT_EQ(event.at("reason"), "Scanned");
  EXPECT_EQ(event.at("regarding").at("kind"), "ImageScan");
  std::ifstream role(tests::source_path() / "manifests/base/rbac/operator.yaml");
  const std::string text{std::istreambuf_iterator<char>(role), {}};
  EXPECT_THAT(text, HasSubstr("- apiGroups: [" + kubernetes::event_type().group + "]\n    resources: [" +
                              kubernetes::event_type().plural + "]\n    verbs: [create, patch]"));
}

}  // namespace
}  // namespace pratique_operator::reconcilers
