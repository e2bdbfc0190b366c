// The shape of most language ecosystems: a table of the files that they want, each with the function that reads it.
#pragma once

#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "scanner/inventory/extractor.h"
#include "scanner/inventory/language_package.h"

namespace scanner::inventory {

// kLocked: a lock file, which says what is to be installed. Packages that were installed beside it know better, and one
// that was shipped inside another package's folder was used where that package was built.
enum class Evidence : std::uint8_t { kInstalled, kLocked };

struct LanguageFile {
  std::string_view example;  // a path that is one; lives for ever
  // Last parts of such paths, whole ("mix.lock", "composer/installed.json"), and what else they end with
  // (".deps.json"). They live for ever.
  std::vector<std::string_view> names{};
  std::vector<std::string_view> endings{};
  bool (*is_one)(std::string_view path) = nullptr;  // what must hold beside that; cheap, no allocation
  Evidence evidence = Evidence::kInstalled;
  // Throws base::ParseError for a file that cannot be read at all.
  void (*read)(const ImageFile& file, LanguagePackages& packages);
  // Of a format that is read line by line: texts of which every such file has one. A file without any cannot be read;
  // empty: the format itself tells what is none.
  std::vector<std::string_view> marks{};
};

class LanguageFiles final : public Extractor {
 public:
  struct Ecosystem {
    std::string_view name;  // of the extractor; lives for ever
    int version = 1;
    std::string_view purl_type;  // lives for ever
    std::vector<LanguageFile> files;
  };
  explicit LanguageFiles(Ecosystem ecosystem) : ecosystem_(std::move(ecosystem)) {}

  [[nodiscard]] std::string_view name() const override { return ecosystem_.name; }
  [[nodiscard]] int version() const override { return ecosystem_.version; }
  [[nodiscard]] bool wants(std::string_view path) const override { return file_of(path) != nullptr; }
  [[nodiscard]] std::vector<std::string_view> endings() const override;
  [[nodiscard]] Extraction extract(const ImageFile& file) const override;
  [[nodiscard]] std::vector<std::string_view> example_paths() const override;
  [[nodiscard]] const std::vector<LanguageFile>& files() const { return ecosystem_.files; }

 private:
  [[nodiscard]] const LanguageFile* file_of(std::string_view path) const;

  Ecosystem ecosystem_;
};

// Whether the last part of the path is this name.
[[nodiscard]] constexpr bool is_named(std::string_view path, std::string_view name) {
  return path.ends_with(name) && (path.size() == name.size() || path[path.size() - name.size() - 1] == '/');
}

// Whether a path is one of these files by its name alone.
[[nodiscard]] bool is_path_of(const LanguageFile& file, std::string_view path);

// Whether the file lies below an installed package: a lock file there was used where that package was built.
[[nodiscard]] bool is_in_package_folder(std::string_view path);

// One ecosystem a folder.
[[nodiscard]] std::unique_ptr<Extractor> make_npm_lock_extractor();
[[nodiscard]] std::unique_ptr<Extractor> make_python_lock_extractor();
[[nodiscard]] std::unique_ptr<Extractor> make_conda_extractor();
[[nodiscard]] std::unique_ptr<Extractor> make_ruby_extractor();
[[nodiscard]] std::unique_ptr<Extractor> make_php_extractor();
[[nodiscard]] std::unique_ptr<Extractor> make_dotnet_extractor();
[[nodiscard]] std::unique_ptr<Extractor> make_rust_extractor();
[[nodiscard]] std::unique_ptr<Extractor> make_java_lock_extractor();
[[nodiscard]] std::unique_ptr<Extractor> make_dart_extractor();
[[nodiscard]] std::unique_ptr<Extractor> make_elixir_extractor();
[[nodiscard]] std::unique_ptr<Extractor> make_swift_extractor();
[[nodiscard]] std::unique_ptr<Extractor> make_julia_extractor();
[[nodiscard]] std::unique_ptr<Extractor> make_conan_extractor();
[[nodiscard]] std::unique_ptr<Extractor> make_haskell_extractor();
[[nodiscard]] std::unique_ptr<Extractor> make_r_extractor();
[[nodiscard]] std::unique_ptr<Extractor> make_cocoapods_extractor();

}  // namespace scanner::inventory
