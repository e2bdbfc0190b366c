// Layers whose entries cost far more than they are long: paths, links, programs, and streams that come to no end.
#include <fmt/format.h>

#include <utility>

#include "tests/support/compress.h"
#include "tests/support/forge/forge.h"

namespace tests::forge {
namespace {

constexpr std::size_t kMebibyte = 1 << 20;

// A layer that begins with the first tar and goes on with the second one, so many times: gzip's members are one stream.
std::string layer_of(const TarBuilder& first, const TarBuilder& then, std::size_t times) {
  return gzip(first.bytes()) + repeated(gzip(then.bytes()), times);
}

TarBuilder os() {
  return TarBuilder().file("etc/os-release", "ID=debian\nVERSION_ID=12\n");
}

// Of 4 KB, through a thousand directories and back, to `end`.
std::string detour_to(const std::string& end) {
  return repeated("x/../", 810) + end;
}

// l0 leads to l1, l1 to l2 and so on, each by a detour; the last one to "end".
TarBuilder chain_of_links(TarBuilder tar, int links) {
  for (int number = 0; number < links; ++number) {
    const std::string next = number + 1 == links ? "end" : fmt::format("l{}", number + 1);
    tar.gnu_long_link(detour_to(next)).symbolic_link(fmt::format("l{}", number), "long");
  }
  return tar;
}

// In two directories by turns, so that for each the way is walked anew.
TarBuilder files_by_turns(const std::string& one, const std::string& other, int files) {
  TarBuilder tar;
  for (int number = 0; number < files; ++number) {
    tar.gnu_long_name((number % 2 == 0 ? one : other) + "/f").file("long", "");
  }
  return tar;
}

Amplifiers ways() {
  const std::string deep = repeated("a/", 249) + "a";
  const std::string other = repeated("b/", 249) + "b";
  return {
      {"way: 200,000 files through 250 links of 4 KB",
       [] {
         const TarBuilder files = files_by_turns("l0", "m", 2000);
         return HostileImage{"way: 200,000 files through 250 links of 4 KB",
                             {layer_of(chain_of_links(good(), 250), files, 100)}};
       }},
      {"way: a million files in two directories 250 deep",
       [deep, other] {
         // The lower layer has something beside each directory on the way.
         TarBuilder lower = good();
         for (std::size_t depth = 1; depth < 250; ++depth) {
           lower.symbolic_link(repeated("a/", depth) + "!", "x").symbolic_link(repeated("b/", depth) + "!", "x");
         }
         return HostileImage{"way: a million files in two directories 250 deep",
                             {gzip(lower.archive()), layer_of(TarBuilder(), files_by_turns(deep, other, 10'000), 100)}};
       }},
      {"way: 256 directories, and one more",
       [] {
         const std::string most = repeated("d/", 256);
         return of_tars("way: 256 directories, and one more",
                        {good(), TarBuilder().gnu_long_name(most + "f").file("long", "x"),
                         TarBuilder().gnu_long_name(most + "d/f").file("long", "x")});
       }},
      {"way: 256 directories",
       [] {
         return of_tar("way: 256 directories", good().gnu_long_name(repeated("d/", 256) + "f").file("long", "x"));
       }},
      {"way: 2,000 directories by a link and a path",
       [] {
         return of_tar("way: 2,000 directories by a link and a path",
                       good()
                           .gnu_long_link(repeated("d/", 200) + "d")
                           .symbolic_link("l", "long")
                           .gnu_long_name("l/" + repeated("d/", 200) + "f")
                           .file("long", "x"));
       }},
  };
}

Amplifiers links() {
  return {
      {"way: 50,000 wanted links through 39 of 4 KB",
       [] {
         TarBuilder tar = chain_of_links(good().file("end", "x"), 39);
         for (int number = 0; number < 50'000; ++number) tar.symbolic_link(fmt::format("w/{}.cdx.json", number), "/l0");
         return of_tar("way: 50,000 wanted links through 39 of 4 KB", tar);
       }},
      {"way: a link to the database by a path that is too long",
       [] {
         TarBuilder tar = os().directory("opt/q/").file("opt/status", dpkg_status({"bash"}));
         tar.symbolic_link("var/lib/dpkg/status", "/s1/status").symbolic_link("s8", "opt");
         for (int number = 1; number < 8; ++number) {
           tar.gnu_long_link(fmt::format("s{}/", number + 1) + repeated("q/../", 800))
               .symbolic_link(fmt::format("s{}", number), "long");
         }
         return of_tar("way: a link to the database by a path that is too long", tar);
       }},
      {"way: 30,000 links with paths and targets of 4 KB",
       [] {
         const std::string folder(3900, 'p');
         HostileImage image{"way: 30,000 links with paths and targets of 4 KB", {gzip(good().bytes())}};
         for (int part = 0; part < 30; ++part) {
           TarBuilder tar;
           for (int number = 0; number < 1000; ++number) {
             tar.gnu_long_name(fmt::format("{}/{}-{}", folder, part, number))
                 .gnu_long_link(folder)
                 .symbolic_link("a", "b");
           }
           image.layers.front() += gzip(tar.bytes());
         }
         return image;
       }},
      {"way: 20,000 hard links to a file of 50 MiB that they make an SBOM",
       [] {
         TarBuilder tar = good().file("opt/status", "[" + std::string(50 * kMebibyte, ' ') + "]");
         for (int number = 0; number < 20'000; ++number) {
           tar.hard_link(fmt::format("w/{}.cdx.json", number), "opt/status");
         }
         return of_tar("way: 20,000 hard links to a file of 50 MiB that they make an SBOM", tar);
       }},
      {"way: 20,000 links to a file of 50 MiB that they make an SBOM",
       [] {
         TarBuilder tar = good().file("opt/status", "[" + std::string(50 * kMebibyte, ' ') + "]");
         for (int number = 0; number < 20'000; ++number) {
           tar.symbolic_link(fmt::format("w/{}.cdx.json", number), "/opt/status");
         }
         return of_tar("way: 20,000 links to a file of 50 MiB that they make an SBOM", tar);
       }},
      {"header: a long name of 1 MB and 500,000 empty PAX headers",
       [] {
         const TarBuilder empty = TarBuilder().entry({.type = 'x', .path = "p"});
         TarBuilder many;
         many.raw(repeated(empty.bytes(), 10'000));
         return HostileImage{"header: a long name of 1 MB and 500,000 empty PAX headers",
                             {layer_of(good().gnu_long_name(std::string(1'000'000, 'p')), many, 50)}};
       }},
  };
}

std::string elf_head() {
  return "\x7f"
         "ELF" +
         std::string(60, '\0');
}

// A program of 11 digits' octal size, whose content is so many times the piece behind its head.
std::string program_layer(const std::string& piece, std::size_t times) {
  const std::string head = elf_head();
  const std::size_t bytes = head.size() + piece.size() * times;
  const TarBuilder start = good().entry({.path = "bin/app", .size_field = fmt::format("{:011o} ", bytes)});
  return gzip(start.bytes() + head) + repeated(gzip(piece), times) +
         gzip(std::string((512 - bytes % 512) % 512 + 1024, '\0'));
}

// The mark of build information whose version is there, and whose list of modules is said to have 4 MB.
std::string go_mark() {
  std::string mark = "\xff Go buildinf:" + std::string("\x08\x02", 2) + std::string(16, '\0');
  mark +=
      "\x06"
      "go1.22"
      "\xff\xff\xff\x01";
  mark.resize(48, 'x');
  return mark;
}

Amplifiers programs() {
  const std::string rust_mark("\x78\x9c\x04\x80", 4);
  return {
      {"program: 1 GB of marks of Rust",
       [rust_mark] {
         return HostileImage{"program: 1 GB of marks of Rust", {program_layer(repeated(rust_mark, 2'500'000), 100)}};
       }},
      {"program: 20,000 of them, of 16 KB of marks of Rust",
       [rust_mark] {
         TarBuilder tar;
         const std::string content = elf_head() + repeated(rust_mark, 4000);
         for (int number = 0; number < 200; ++number) tar.file(fmt::format("bin/{}", number), content);
         return HostileImage{"program: 20,000 of them, of 16 KB of marks of Rust", {layer_of(good(), tar, 100)}};
       }},
      {"program: 48 MB of marks of Go",
       [] {
         return HostileImage{"program: 48 MB of marks of Go", {program_layer(repeated(go_mark(), 100'000), 10)}};
       }},
  };
}

// A table of contents as eStargz has it: https://github.com/containerd/stargz-snapshotter/blob/main/docs/estargz.md
std::string table_of_contents() {
  return R"({"version":1,"entries":[{"name":"etc/os-release","type":"reg","size":20,"offset":0},)"
         R"({"name":"var/lib/dpkg/status","type":"reg","size":0,"offset":0}]})";
}

// What the table does not name is unpacked all the same by who reads the tar.
TarBuilder hidden() {
  return TarBuilder().file("app/node_modules/hidden/package.json", R"({"name":"hidden","version":"1.0.0"})");
}

std::string stargz() {
  std::string footer("\x1f\x8b\x08\x04\0\0\0\0\0\xff\x1a\0SG\x16\0", 16);
  footer += "0000000000000400STARGZ" + std::string("\x01\0\0\xff\xff\0\0\0\0\0\0\0\0", 13);
  return gzip(good().bytes()) + gzip(hidden().bytes()) +
         gzip(TarBuilder().file("stargz.index.json", table_of_contents()).archive()) + footer;
}

// https://github.com/containers/storage/blob/main/pkg/chunked/internal/minimal/compression.go
std::string zstd_chunked() {
  const auto skippable = [](const std::string& content) {
    std::string size;
    for (int shift = 0; shift < 32; shift += 8) size += static_cast<char>(content.size() >> shift);
    return std::string("\x50\x2a\x4d\x18", 4) + size + content;
  };
  return zstd(good().bytes()) + zstd(hidden().archive()) + skippable(zstd(table_of_contents())) +
         skippable(std::string(56, '\0') + "GNUlInUx");
}

Amplifiers streams() {
  return {
      {"stream: a quine of gzip",
       [] {
         return HostileImage{"stream: a quine of gzip", {gzip(good().archive()), gzip_quine()}};
       }},
      {"stream: 10 GB out of 10 MB by zstd",
       [] {
         const std::string ten_gigabytes("\x80\0\0\0\0\0\0\x02\x80\0\0\0", 12);
         const std::string zeros = zstd(std::string(100 * kMebibyte, '\0'));
         const std::string filling = std::string("\x50\x2a\x4d\x18\0\x80\x01\0", 8) + std::string(98'304, 'f');
         return HostileImage{"stream: 10 GB out of 10 MB by zstd",
                             {zstd(good().entry({.path = "zeros", .size_field = ten_gigabytes}).bytes()) +
                              repeated(zeros + filling, 100)}};
       }},
      {"stream: an eStargz whose table hides a file",
       [] {
         return HostileImage{"stream: an eStargz whose table hides a file", {stargz()}};
       }},
      {"stream: a zstd:chunked whose table hides a file",
       [] {
         return HostileImage{"stream: a zstd:chunked whose table hides a file", {zstd_chunked()}};
       }},
  };
}

}  // namespace

Amplifiers amplifier_layers() {
  return joined({ways(), links(), programs(), streams()});
}

}  // namespace tests::forge
