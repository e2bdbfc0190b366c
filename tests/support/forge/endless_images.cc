#include <fmt/format.h>

#include "tests/support/compress.h"
#include "tests/support/forge/forge.h"

namespace tests::forge {
namespace {

std::string entries(int count) {
  TarBuilder tar;
  for (int number = 0; number < count; ++number) tar.file("f", "");
  return tar.bytes();
}

}  // namespace

// Gzip members one behind the other are one stream: what is packed once may come a thousand times.
Images endless_images() {
  constexpr int kZerosBytes = 100 << 20;
  const std::string ten_gigabytes = std::string("\x80\0\0\0\0\0\0\x02\x80\0\0\0", 12);
  TarBuilder links = good();
  for (int number = 0; number < 450'000; ++number) links.symbolic_link(fmt::format("l/{}", number), "t");
  TarBuilder whiteouts;
  for (int number = 0; number < 100'000; ++number) whiteouts.file(fmt::format("d/.wh.{}", number), "");
  const std::string small_file = good().file("x", "").archive();
  return {
      {"endless: 10 GB out of 10 MB",
       {gzip(good().entry({.path = "zeros", .size_field = ten_gigabytes}).bytes()) +
        repeated(gzip(std::string(kZerosBytes, '\0')), 100)}},
      {"endless: 10,100,000 entries", {gzip(good().bytes()) + repeated(gzip(entries(100'000)), 101)}},
      of_tar("endless: 450,000 links", links),
      of_tars("endless: 100,000 whiteouts", {good(), whiteouts}),
      {"endless: 300 layers", std::vector<std::string>(300, gzip(small_file))},
      of_tar("endless: a database of 136 MiB", TarBuilder()
                                                   .file("etc/os-release", "ID=debian\nVERSION_ID=12\n")
                                                   .file("var/lib/dpkg/status", std::string(136 << 20, '\n'))),
      of_tar("endless: 250,000 packages", TarBuilder()
                                              .file("etc/os-release", "ID=debian\nVERSION_ID=12\n")
                                              .file("var/lib/dpkg/status",
                                                    [] {
                                                      std::vector<std::string> names;
                                                      for (int number = 0; number < 250'000; ++number)
                                                        names.push_back(fmt::format("p{}", number));
                                                      return dpkg_status(names);
                                                    }())),
      of_tar("endless: 20,000 broken files",
             [] {
               TarBuilder tar = good();
               for (int number = 0; number < 20'000; ++number) {
                 tar.file(fmt::format("app/node_modules/p{}/package.json", number), "{");
               }
               return tar;
             }()),
  };
}

}  // namespace tests::forge
