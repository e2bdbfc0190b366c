// Which packages of a lock file are for development alone, where it tells what needs what. In doubt none is: what is
// left out must not be installed.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace scanner::inventory {

// Whether a group of dependencies of this name is for development by convention: "dev", "test". Groups have any name:
// others may be installed with the program.
[[nodiscard]] bool is_development_group(std::string_view name);

// Packages are named by any text that stands for one in its file. Costs memory and time by what is added.
class DevelopmentPackages {
 public:
  enum class Use : std::uint8_t { kProgram, kDevelopment };

  // The program itself needs the package.
  void add_root(std::string_view package, Use use);
  // The file has this package; what is needed and nowhere in the file makes all the others doubtful.
  void add_package(std::string_view package) { needs_.try_emplace(std::string(package)); }
  void add_need(std::string_view package, std::string_view needed);
  // Looks at all that was added; to be called once, before contains().
  void resolve();

  // Whether development needs the package, and the program does not, by no way.
  [[nodiscard]] bool contains(std::string_view package) const;

 private:
  using Names = std::set<std::string, std::less<>>;
  [[nodiscard]] Names reached_from(const std::vector<std::string>& roots) const;

  std::map<std::string, std::vector<std::string>, std::less<>> needs_;
  std::vector<std::string> roots_;
  std::vector<std::string> development_roots_;
  Names for_development_;
};

}  // namespace scanner::inventory
