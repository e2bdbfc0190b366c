// A feed of advisories, a signing key and the databases built from them, in a folder that goes with the object.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "base/clock.h"
#include "scanner/advisories/database_builder.h"
#include "scanner/advisories/signature.h"

namespace tests {

class AdvisoryFiles {
 public:
  explicit AdvisoryFiles(const std::string& name)
      : folder_(std::filesystem::temp_directory_path() / ("pratique-" + name + "-" + std::to_string(getpid()))) {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_ / "feed");
    std::filesystem::permissions(folder_, std::filesystem::perms::owner_all);
    key_ = scanner::advisories::make_signing_key((folder_ / "key").string());
    std::filesystem::create_directories(folder_ / "keys");
    std::filesystem::copy_file(key_.public_path, folder_ / "keys" / "k.pub");
  }
  ~AdvisoryFiles() { std::filesystem::remove_all(folder_); }
  AdvisoryFiles(const AdvisoryFiles&) = delete;
  AdvisoryFiles& operator=(const AdvisoryFiles&) = delete;

  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
  [[nodiscard]] std::string database() const { return (folder_ / "advisories.db").string(); }
  [[nodiscard]] std::string keys() const { return (folder_ / "keys").string(); }
  [[nodiscard]] std::string installed() const { return (folder_ / "installed").string(); }

  // One OSV record.
  void add(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / "feed" / (name + ".json")) << text;
  }
  // A database of what was added, of a generation of now.
  void build(const base::Clock& clock) {
    static_cast<void>(
        scanner::advisories::build_database({.sources = {{.format = "osv", .path = (folder_ / "feed").string()}},
                                             .key_path = (folder_ / "key").string(),
                                             .output_path = database(),
                                             .on_progress = {},
                                             .on_note = {}},
                                            clock));
  }

 private:
  std::filesystem::path folder_;
  scanner::advisories::SigningKey key_;
};

}  // namespace tests
