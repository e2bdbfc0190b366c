// Zip archives made member by member: jars for tests.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tests {

class ZipBuilder {
 public:
  ZipBuilder& stored(std::string_view name, std::string_view content);
  ZipBuilder& deflated(std::string_view name, std::string_view content);
  [[nodiscard]] std::string archive() const;

 private:
  struct Data {
    std::string_view content;
    std::string packed;
    int method = 0;
  };
  void add(std::string_view name, const Data& data);

  std::string members_;
  std::string directory_;
  std::uint16_t count_ = 0;
};

}  // namespace tests
