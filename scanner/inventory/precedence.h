// Which packages of an image count where several files tell of one: what a distribution's package owns is that package,
// and what was installed is believed before the lock files beside it.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/inventory/extractor.h"

namespace scanner::inventory {

// Borrows the files.
class Precedence {
 public:
  Precedence(const std::vector<ReadFile>& files, const Distribution& distribution);

  // Whether the packages of this type that the file tells count. Those of the distribution itself always do.
  [[nodiscard]] bool counts(std::string_view purl_type, const ReadFile& file) const;
  // Whether the file belongs to a package of the distribution.
  [[nodiscard]] bool is_owned(const ReadFile& file) const;
  // Whether it is a lock file of an installed package's own sources, which was used where that package was built. Of
  // most packages the path says so (language_files.h); Composer's folders are known by what it installed.
  [[nodiscard]] bool is_lock_of_package(const ReadFile& file) const;

 private:
  [[nodiscard]] bool was_installed_beside(std::string_view purl_type, std::string_view lock_file) const;

  std::set<std::string_view> owned_;  // comparable paths
  std::map<std::string_view, std::set<std::string_view>>
      installed_;                                        // paths that tell installed packages, by their type
  std::set<std::string, std::less<>> composer_folders_;  // "srv/vendor/guzzlehttp/psr7"
};

}  // namespace scanner::inventory
