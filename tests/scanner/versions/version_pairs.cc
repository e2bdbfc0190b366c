#include "tests/scanner/versions/version_pairs.h"

#include <cstdio>
#include <fstream>
#include <memory>

namespace tests {

std::string random_text(std::mt19937& random, std::string_view alphabet, std::size_t length_max) {
  std::string text(random() % (length_max + 1), ' ');
  for (char& c : text) c = alphabet[random() % alphabet.size()];
  return text;
}

std::vector<Pair> random_pairs(std::size_t count, const std::function<Pair(std::mt19937&)>& make) {
  std::mt19937 random(20240607);
  std::vector<Pair> pairs;
  while (pairs.size() < count) pairs.push_back(make(random));
  return pairs;
}

int sign_of(const scanner::versions::VersionOrder& order, const Pair& pair) {
  const auto answer = order.order(pair.first, pair.second);
  return answer < 0 ? -1 : answer > 0 ? 1 : 0;
}

bool laws_hold(const scanner::versions::VersionOrder& order, std::array<std::string, 3> versions) {
  for (const std::string& left : versions) {
    for (const std::string& right : versions) {
      if (order.order(left, right) != 0 <=> order.order(right, left)) return false;
    }
  }
  auto& [first, second, third] = versions;
  if (order.order(first, second) > 0) std::swap(first, second);
  if (order.order(second, third) > 0) std::swap(second, third);
  if (order.order(first, second) > 0) std::swap(first, second);
  return order.order(first, second) <= 0 && order.order(second, third) <= 0 && order.order(first, third) <= 0;
}

PairFile::PairFile(const std::vector<Pair>& pairs)
    : path_(std::filesystem::temp_directory_path() / ("pratique-pairs-" + std::to_string(std::random_device{}()))) {
  std::ofstream file(path_);
  for (const auto& [left, right] : pairs) file << left << ' ' << right << '\n';
}

PairFile::~PairFile() {
  std::filesystem::remove(path_);
}

std::vector<int> answers_of(const std::string& command) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), &pclose);
  std::vector<int> answers;
  int answer = 0;
  while (pipe != nullptr && std::fscanf(pipe.get(), "%d", &answer) == 1) answers.push_back(answer);
  return answers;
}

}  // namespace tests
