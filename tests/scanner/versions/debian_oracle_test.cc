// Debian's order against dpkg's own code: 100,000 random pairs through its Perl module Dpkg::Version in one process,
// and some hundreds through the program itself.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "scanner/versions/version_order.h"

namespace scanner::versions {
namespace {

using Pair = std::pair<std::string, std::string>;

std::string random_text(std::mt19937& random, std::string_view alphabet, std::size_t length_max) {
  std::string text(random() % (length_max + 1), ' ');
  for (char& c : text) c = alphabet[random() % alphabet.size()];
  return text;
}

std::string random_version(std::mt19937& random) {
  std::string version;
  if (random() % 4 == 0) version += std::to_string(random() % 3) + ":";
  version += static_cast<char>('0' + random() % 10);
  version += random_text(random, "0019.a~+-bZ", 8);
  if (random() % 2 == 0) version += "-" + random_text(random, "01a~+.", 4) + "1";
  if (random() % 8 == 0) version += "+b" + std::to_string(random() % 20);
  return version;
}

// Half of the pairs differ by a small change only, where the rules are fine.
Pair random_pair(std::mt19937& random) {
  std::string left = random_version(random);
  if (random() % 2 == 0) return {left, random_version(random)};
  return {left, left + random_text(random, "0~1a", 2)};
}

std::vector<Pair> random_readable_pairs(std::size_t count) {
  std::mt19937 random(20240607);
  std::vector<Pair> pairs;
  while (pairs.size() < count) {
    Pair pair = random_pair(random);
    if (debian_order().readable(pair.first) && debian_order().readable(pair.second)) pairs.push_back(std::move(pair));
  }
  return pairs;
}

int sign_of(const Pair& pair) {
  const auto order = debian_order().order(pair.first, pair.second);
  return order < 0 ? -1 : order > 0 ? 1 : 0;
}

class PairFile {
 public:
  explicit PairFile(const std::vector<Pair>& pairs)
      : path_(std::filesystem::temp_directory_path() / ("pratique-pairs-" + std::to_string(std::random_device{}()))) {
    std::ofstream file(path_);
    for (const auto& [left, right] : pairs) file << left << ' ' << right << '\n';
  }
  ~PairFile() { std::filesystem::remove(path_); }
  PairFile(const PairFile&) = delete;
  PairFile& operator=(const PairFile&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

std::vector<int> answers_of_dpkg_module(const PairFile& file) {
  const std::string command =
      "perl -MDpkg::Version -ne '($l, $r) = split; "
      "print version_compare(Dpkg::Version->new($l), Dpkg::Version->new($r)), \"\\n\"' " +
      file.path().string();
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), &pclose);
  std::vector<int> answers;
  int answer = 0;
  while (pipe != nullptr && std::fscanf(pipe.get(), "%d", &answer) == 1) answers.push_back(answer);
  return answers;
}

TEST(DebianOracle, AgreesWithDpkgOnHundredThousandRandomPairs) {
  const std::vector<Pair> pairs = random_readable_pairs(100'000);
  const PairFile file(pairs);

  const std::vector<int> answers = answers_of_dpkg_module(file);

  ASSERT_EQ(answers.size(), pairs.size()) << "perl's Dpkg::Version is needed (package libdpkg-perl)";
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    ASSERT_EQ(sign_of(pairs[i]), answers[i]) << pairs[i].first << " and " << pairs[i].second;
  }
}

TEST(DebianOracle, AgreesWithTheDpkgProgram) {
  for (const Pair& pair : random_readable_pairs(300)) {
    const int sign = sign_of(pair);
    const std::string word = sign < 0 ? "lt" : sign > 0 ? "gt" : "eq";
    const std::string command = "dpkg --compare-versions '" + pair.first + "' " + word + " '" + pair.second + "'";
    ASSERT_EQ(std::system(command.c_str()), 0) << command;
  }
}

}  // namespace
}  // namespace scanner::versions
