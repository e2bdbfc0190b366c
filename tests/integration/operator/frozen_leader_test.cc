// The leader is frozen in the middle of its work for longer than its Lease lives, another takes over and changes what
// it was about to write, and it goes on: what it had sent is refused, what it would send is not sent, and it ends.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include "tests/integration/operator/installed_operator.h"
#include "tests/integration/operator/shown_rows.h"
#include "tests/support/api_server_proxy.h"
#include "tests/support/compress.h"
#include "tests/support/sample_image.h"
#include "tests/support/tar_builder.h"

namespace pratique_operator {
namespace {

using testing::IsEmpty;
using tests::ApiServerProxy;
using tests::eventually;
using tests::InstalledOperator;
using tests::state_of;

constexpr std::chrono::seconds kPatience{40};
const std::vector<std::string> kShortLease = {"--lease-seconds", "2"};

class FrozenLeader : public ::testing::Test {
 protected:
  FrozenLeader() {
    const std::string account = (tests::control_plane_folder() / "pratique-operator.kubeconfig").string();
    const std::string proxied =
        proxy_.kubeconfig_like(account, (tests::control_plane_folder() / "frozen.kubeconfig").string());
    frozen_ = cluster_.start_alone({.kubeconfig = proxied, .options = kShortLease});
    EXPECT_TRUE(eventually([&] { return frozen_->leads(); }, kPatience)) << frozen_->log();
    cluster_.start_anew({.kubeconfig = {}, .options = kShortLease}, InstalledOperator::Until::kReady);
  }
  ~FrozenLeader() override {
    frozen_->stop(SIGKILL);
    cluster_.start_anew({});
  }

  // An image like no other, with two findings, and its ImageScan once it is scanned.
  kubernetes::ObjectKey scan_image(const std::string& tag) {
    (void)registry_.add_image(tests::gzip(tests::TarBuilder().file("of", ns_ + tag).bytes() + tests::sample_layer()),
                              tag);
    const kubernetes::ObjectKey key = tests::create_scan(ns_, tag, {{"image", registry_.host() + "/shop/web:" + tag}});
    EXPECT_TRUE(eventually(
        [&] { return state_of(tests::stored_scan(key).status.conditions, crds::kScanned) == "True/Scanned"; },
        kPatience));
    return key;
  }
  // What came through the frozen one's connection after the first `count` writes, and was taken. Events are no
  // leader's: every replica tells what it has seen.
  [[nodiscard]] std::vector<std::string> taken_since(std::size_t count) const {
    std::vector<std::string> lines;
    const std::vector<ApiServerProxy::Write> writes = proxy_.writes();
    for (std::size_t i = count; i < writes.size(); ++i) {
      if (writes[i].status < 300 && !writes[i].line.ends_with(" events")) lines.push_back(writes[i].line);
    }
    return lines;
  }

  InstalledOperator& cluster_ = InstalledOperator::instance();
  ApiServerProxy proxy_{tests::ControlPlane::instance().config()};
  tests::FollowedNamespace followed_{"frozen"};
  const std::string& ns_ = followed_.name();
  tests::FakeRegistry& registry_ = followed_.registry();
  std::unique_ptr<tests::OperatorReplica> frozen_;
};

TEST_F(FrozenLeader, DoesNoHarmWhenItGoesOn) {
  const kubernetes::ObjectKey first = scan_image("v1");
  ASSERT_TRUE(eventually([&] { return tests::all_rows_are(ns_, "Open"); }, kPatience));
  ASSERT_TRUE(tests::operator_rests(std::chrono::seconds(3)));

  // It finds that no image has the rows any more, and says so of the first one.
  proxy_.freeze_at("PATCH findings", frozen_->pid());
  ASSERT_TRUE(cluster_.admin()->remove(crds::kImageScan, first, {}));
  ASSERT_TRUE(eventually([&] { return proxy_.frozen(); }, kPatience));
  (void)cluster_.leader();
  const std::size_t before = proxy_.writes().size();
  (void)scan_image("v2");
  ASSERT_TRUE(eventually([&] { return tests::all_rows_are(ns_, "Open"); }, kPatience));
  ASSERT_TRUE(tests::operator_rests(std::chrono::seconds(3)));
  const auto rows = tests::shown_rows(ns_);

  proxy_.let_go();
  ASSERT_TRUE(eventually([&] { return proxy_.writes().size() > before; }));
  EXPECT_EQ(proxy_.writes().at(before).line, "PATCH findings");
  EXPECT_EQ(proxy_.writes().at(before).status, 409) << "it was long on its way";
  ::kill(frozen_->pid(), SIGCONT);
  EXPECT_TRUE(eventually([&] { return !frozen_->running(); })) << "who lost its Lease ends";

  EXPECT_THAT(taken_since(before), IsEmpty());
  EXPECT_TRUE(tests::operator_rests(std::chrono::seconds(3)));
  EXPECT_EQ(tests::shown_rows(ns_), rows);
  EXPECT_EQ(rows, tests::fresh_rows(ns_, rows.size()));
}

}  // namespace
}  // namespace pratique_operator
