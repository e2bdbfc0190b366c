#include "registry/blob_transfer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "registry/limits.h"
#include "tests/operator/support/fake_clock.h"

namespace registry {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::string kContent = "0123456789";

// A registry that cuts each answer after so many bytes, in turn, and then no more.
class BlobTransferTest : public ::testing::Test {
 protected:
  std::string fetch(std::vector<std::size_t> cuts) {
    const Descriptor blob{.digest = base::Digest::of(kContent), .size = kContent.size()};
    std::string received;
    const OnBlobBytes on_bytes = [&](std::span<const std::byte> bytes) {
      received.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    };
    BlobTransfer(blob, on_bytes, {.clock = clock_, .patience = stop_.get_token()})
        .run([&](const BlobTransfer::Part& part, const net::OnHeaders& on_head, const net::OnBody& on_body) {
          asked_.push_back(part.offset);
          const std::size_t index = asked_.size() - 1;
          answer(part.offset, index < cuts.size() ? cuts[index] : kContent.size(), on_head, on_body);
        });
    return received;
  }

  void answer(std::uint64_t offset, std::size_t bytes_max, const net::OnHeaders& on_head, const net::OnBody& on_body) {
    if (bytes_max == 0) throw base::NetworkError("connection refused");
    const bool is_part = offset != 0 && serves_ranges_;
    const std::string range = content_range_.empty() ? "bytes " + std::to_string(offset) + "-9/10" : content_range_;
    net::HttpResponse head{.status = is_part ? 206 : 200, .headers = {{"Content-Range", range}}, .body = {}};
    if (says_its_end_) head.headers["Content-Length"] = "10";
    on_head(head);
    const std::string all = is_part ? kContent.substr(offset) : kContent;
    // In pieces of three bytes.
    const std::string sent = all.substr(0, bytes_max);
    for (std::size_t at = 0; at < sent.size(); at += 3)
      static_cast<void>(on_body(std::span(sent).subspan(at).first(std::min<std::size_t>(3, sent.size() - at))));
    if (sent.size() < all.size() && says_its_end_) throw base::NetworkError("connection reset");
  }

  tests::FakeClock clock_;
  std::stop_source stop_;
  bool serves_ranges_ = true;
  bool says_its_end_ = true;
  std::string content_range_;  // empty: the right one
  std::vector<std::uint64_t> asked_;
};

TEST_F(BlobTransferTest, IsTakenUpWhereItWasBroken) {
  EXPECT_EQ(fetch({}), kContent);
  EXPECT_THAT(asked_, ElementsAre(0));
  asked_.clear();
  EXPECT_EQ(fetch({4, 1, 3}), kContent);
  EXPECT_THAT(asked_, ElementsAre(0, 4, 5, 8));
}

TEST_F(BlobTransferTest, ARegistryWithoutRangesSendsAllAgain) {
  serves_ranges_ = false;
  EXPECT_EQ(fetch({4, 2, 5, 9}), kContent);
  EXPECT_THAT(asked_, ElementsAre(0, 4, 4, 5, 9));
}

TEST_F(BlobTransferTest, ManyCutsAreNoReasonToGiveUpWhileBytesCome) {
  EXPECT_EQ(fetch({1, 1, 1, 1, 1, 1, 1, 1, 1}), kContent);
  EXPECT_EQ(asked_.size(), 10U);
}

TEST_F(BlobTransferTest, IsGivenUpWhenNothingComesAnyMore) {
  EXPECT_THROW(fetch({4, 0, 0, 0, 0, 0, 0, 0}), base::NetworkError);
  EXPECT_EQ(asked_.size(), 2U + static_cast<std::size_t>(kResumesMax));
}

// A byte for each request, for ever: an end there must be.
TEST_F(BlobTransferTest, IsNotTakenUpWithoutEnd) {
  const std::string content(1000, 'x');
  const Descriptor blob{.digest = base::Digest::of(content), .size = content.size()};
  const OnBlobBytes on_bytes = [](std::span<const std::byte>) {};
  const auto drip = [&](const BlobTransfer::Part& part, const net::OnHeaders& on_head, const net::OnBody& on_body) {
    asked_.push_back(part.offset);
    on_head(
        {.status = part.offset == 0 ? 200 : 206,
         .headers = {{"Content-Range", "bytes " + std::to_string(part.offset) + "-999/1000"}, {"Content-Length", "1"}},
         .body = {}});
    static_cast<void>(on_body(std::span(content).first(1)));
    throw base::NetworkError("connection reset");
  };
  EXPECT_THROW(BlobTransfer(blob, on_bytes, {.clock = clock_}).run(drip), base::NetworkError);
  EXPECT_EQ(asked_.size(), 1U + static_cast<std::size_t>(kResumesInAllMax));
}

TEST_F(BlobTransferTest, WhatNeverBeganIsNotAskedAgain) {
  EXPECT_THROW(fetch({0}), base::NetworkError);
  EXPECT_THAT(asked_, ElementsAre(0));
}

TEST_F(BlobTransferTest, AnotherPieceThanWasAskedForIsALie) {
  for (const char* range : {"bytes 3-9/10", "bytes 40-9/10", "4-9/10", "", "bytes */10"}) {
    SCOPED_TRACE(range);
    content_range_ = std::string(range).empty() ? "none" : range;
    asked_.clear();
    try {
      static_cast<void>(fetch({4}));
      FAIL() << "it was taken";
    } catch (const base::ParseError& error) {
      EXPECT_THAT(error.what(), HasSubstr("asked for the bytes from 4 on"));
    }
  }
}

TEST_F(BlobTransferTest, WhatIsNoBrokenTransferIsNotAskedAgain) {
  const Descriptor blob{.digest = base::Digest::of(kContent), .size = kContent.size()};
  const OnBlobBytes on_bytes = [](std::span<const std::byte>) { throw base::ParseError("no archive"); };
  BlobTransfer transfer(blob, on_bytes, {.clock = clock_});
  const auto ask = [&](const BlobTransfer::Part& part, const net::OnHeaders& on_head, const net::OnBody& on_body) {
    asked_.push_back(part.offset);
    answer(part.offset, kContent.size(), on_head, on_body);
  };
  EXPECT_THROW(transfer.run(ask), base::ParseError);
  EXPECT_THAT(asked_, ElementsAre(0));
}

// What is cut in its head looks like an answer without an end, and one without content.
TEST_F(BlobTransferTest, AnAnswerThatSaysNoEndMayBeCut) {
  says_its_end_ = false;
  EXPECT_EQ(fetch({4, 3}), kContent);
  EXPECT_THAT(asked_, ElementsAre(0, 4, 7));
}

TEST_F(BlobTransferTest, AnAnswerCutInItsHeadIsAskedForAgain) {
  const Descriptor blob{.digest = base::Digest::of(kContent), .size = kContent.size()};
  std::string received;
  const OnBlobBytes on_bytes = [&](std::span<const std::byte> bytes) {
    received.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  };
  const auto ask = [&](const BlobTransfer::Part& part, const net::OnHeaders& on_head, const net::OnBody& on_body) {
    asked_.push_back(part.offset);
    if (asked_.size() > 2) answer(part.offset, kContent.size(), on_head, on_body);
  };
  BlobTransfer(blob, on_bytes, {.clock = clock_}).run(ask);
  EXPECT_EQ(received, kContent);
  EXPECT_THAT(asked_, ElementsAre(0, 0, 0));
}

// Ten seconds a request, which brings one byte: what it took counts for all of them.
TEST_F(BlobTransferTest, IsNotTakenUpWhenItIsTooSlow) {
  const std::string content(1000, 'x');
  const Descriptor blob{.digest = base::Digest::of(content), .size = content.size()};
  const OnBlobBytes on_bytes = [](std::span<const std::byte>) {};
  std::vector<std::chrono::milliseconds> time_left;
  const auto ask = [&](const BlobTransfer::Part& part, const net::OnHeaders& on_head, const net::OnBody& on_body) {
    time_left.push_back(part.time_left);
    on_head({.status = part.offset == 0 ? 200 : 206,
             .headers = {{"Content-Range", "bytes " + std::to_string(part.offset) + "-999/1000"},
                         {"Content-Length", "1000"}},
             .body = {}});
    static_cast<void>(on_body(std::span(content).first(1)));
    clock_.advance(std::chrono::seconds(10));
    throw base::NetworkError("connection reset");
  };
  const Pace pace{.blob_base_max = std::chrono::seconds(15), .blob_bytes_per_second_min = 100};  // 10 s for the bytes
  EXPECT_THROW(BlobTransfer(blob, on_bytes, {.clock = clock_, .pace = pace}).run(ask), base::NetworkError);
  EXPECT_THAT(time_left, ElementsAre(std::chrono::seconds(25), std::chrono::seconds(15), std::chrono::seconds(5)));
}

// A consumer that takes its time, as a child that unpacks a large layer does, is not the registry.
TEST_F(BlobTransferTest, WhatTheConsumerTakesIsNotCounted) {
  const Descriptor blob{.digest = base::Digest::of(kContent), .size = kContent.size()};
  std::string received;
  const OnBlobBytes on_bytes = [&](std::span<const std::byte> bytes) {
    received.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    clock_.advance(std::chrono::hours(1));
  };
  std::vector<std::chrono::milliseconds> time_left;
  const auto ask = [&](const BlobTransfer::Part& part, const net::OnHeaders& on_head, const net::OnBody& on_body) {
    time_left.push_back(part.time_left);
    clock_.advance(std::chrono::seconds(1));
    answer(part.offset, part.offset == 0 ? 6 : kContent.size(), on_head, on_body);
  };
  const Pace pace{.blob_base_max = std::chrono::seconds(15), .blob_bytes_per_second_min = 1};
  BlobTransfer(blob, on_bytes, {.clock = clock_, .pace = pace}).run(ask);
  EXPECT_EQ(received, kContent);
  EXPECT_THAT(time_left, ElementsAre(std::chrono::seconds(25), std::chrono::seconds(24)));
}

TEST_F(BlobTransferTest, ASizeThatNobodyHasIsForEverAndNoLonger) {
  const Descriptor blob{.digest = base::Digest::of(kContent), .size = ~std::uint64_t{0}};
  std::vector<std::chrono::milliseconds> time_left;
  const auto ask = [&](const BlobTransfer::Part& part, const net::OnHeaders&, const net::OnBody&) {
    time_left.push_back(part.time_left);
    throw base::ParseError("no archive");
  };
  EXPECT_THROW(BlobTransfer(blob, [](std::span<const std::byte>) {}, {.clock = clock_}).run(ask), base::ParseError);
  EXPECT_THAT(time_left, ElementsAre(testing::Gt(std::chrono::hours(24 * 300))));
}

TEST_F(BlobTransferTest, IsNotTakenUpPastTheDeadline) {
  const base::Patience patience(stop_.get_token(), clock_.steady_now() + std::chrono::seconds(15));
  const Descriptor blob{.digest = base::Digest::of(kContent), .size = kContent.size()};
  const OnBlobBytes on_bytes = [](std::span<const std::byte>) {};
  const auto ask = [&](const BlobTransfer::Part& part, const net::OnHeaders& on_head, const net::OnBody& on_body) {
    asked_.push_back(part.offset);
    clock_.advance(std::chrono::seconds(10));
    answer(part.offset, 3, on_head, on_body);
  };
  EXPECT_THROW(BlobTransfer(blob, on_bytes, {.clock = clock_, .patience = patience}).run(ask), base::NetworkError);
  EXPECT_THAT(asked_, ElementsAre(0, 3));
}

TEST_F(BlobTransferTest, AStopRequestIsHeeded) {
  stop_.request_stop();
  EXPECT_THROW(fetch({4}), base::NetworkError);
  EXPECT_THAT(asked_, ElementsAre(0));
}

}  // namespace
}  // namespace registry
