// rpm's order against the rpm program's own on 100,000 random pairs, compared in one process by its built-in Lua.
#include <gtest/gtest.h>

#include "scanner/versions/version_order.h"
#include "tests/scanner/versions/version_pairs.h"

namespace scanner::versions {
namespace {

using tests::Pair;
using tests::random_text;

std::string random_version(std::mt19937& random) {
  std::string version = std::to_string(random() % 12);
  return version + random_text(random, "001.9a~^+_Zb", 8) + "1";
}

TEST(RpmOracle, AgreesWithRpmOnHundredThousandRandomPairs) {
  const std::vector<Pair> pairs = tests::random_pairs(100'000, [](std::mt19937& random) {
    std::string left = random_version(random);
    if (random() % 2 == 0) return Pair{left, random_version(random)};
    return Pair{left, left + random_text(random, "0~1a^", 2)};
  });
  const tests::PairFile file(pairs);

  const std::vector<int> answers =
      tests::answers_of("rpm --eval '%{lua: for line in io.lines(\"" + file.path().string() +
                        "\") do local l, r = line:match(\"(%S+) (%S+)\") print(rpm.vercmp(l, r)) print(\" \") end}'");

  ASSERT_EQ(answers.size(), pairs.size()) << "the rpm program is needed (package rpm)";
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    ASSERT_EQ(tests::sign_of(rpm_order(), pairs[i]), answers[i]) << pairs[i].first << " and " << pairs[i].second;
  }
}

}  // namespace
}  // namespace scanner::versions
