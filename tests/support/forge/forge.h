// The image forge: images that somebody made to hide a package, to cost more than they may, or to break what reads
// them. Each is a good Debian image with one package, "bash", and one thing wrong with it. What must come of each is a
// line of tests/golden/hostile/verdicts.txt.
#pragma once

#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/layout_writer.h"
#include "tests/support/tar_builder.h"

namespace tests::forge {

struct HostileImage {
  std::string name;
  std::vector<std::string> layers;  // as stored, base first
};

// A tar with os-release and a dpkg database that lists bash.
[[nodiscard]] TarBuilder good();
// A dpkg database that lists these.
[[nodiscard]] std::string dpkg_status(const std::vector<std::string>& names);

[[nodiscard]] std::string repeated(std::string_view text, std::size_t times);

// An image of one packed layer.
[[nodiscard]] HostileImage of_tar(std::string name, const TarBuilder& tar);
[[nodiscard]] HostileImage of_tars(std::string name, const std::vector<TarBuilder>& tars);
// The good image with this file in it.
[[nodiscard]] HostileImage with_file(std::string name, std::string_view path, std::string_view content);

using Images = std::vector<HostileImage>;

// Several lists as one.
template <typename Image>
[[nodiscard]] std::vector<Image> joined(std::initializer_list<std::vector<Image>> lists) {
  std::vector<Image> all;
  for (const std::vector<Image>& list : lists) all.insert(all.end(), list.begin(), list.end());
  return all;
}

[[nodiscard]] Images tar_images();       // entries of tar, odd and false
[[nodiscard]] Images link_images();      // links that lead out, in circles or to what is not there
[[nodiscard]] Images stream_images();    // compression: cut, changed, continued, bombs
[[nodiscard]] Images whiteout_images();  // layers that hide what others hold
[[nodiscard]] Images archive_images();   // jars
[[nodiscard]] Images database_images();  // package databases
[[nodiscard]] Images document_images();  // lock files and manifests of languages
[[nodiscard]] Images endless_images();   // more of everything than an image may have

// One that is large before it is packed, and made when its turn comes.
struct Amplifier {
  std::string name;
  std::function<HostileImage()> make;
};
using Amplifiers = std::vector<Amplifier>;
[[nodiscard]] Amplifiers amplifier_files();   // files of packages
[[nodiscard]] Amplifiers amplifier_layers();  // paths, links, programs and streams

// What unpacks to itself.
[[nodiscard]] std::string gzip_quine();
[[nodiscard]] std::string zip_quine();  // by the name q.jar

// The same with what is around the layers: written into a layout by the tag "hostile".
struct HostileLayout {
  std::string name;
  std::function<void(LayoutWriter& layout)> write;
};
using HostileLayouts = std::vector<HostileLayout>;
[[nodiscard]] HostileLayouts manifest_layouts();

}  // namespace tests::forge
