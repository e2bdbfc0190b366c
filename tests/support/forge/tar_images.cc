#include <fmt/format.h>

#include "tests/support/compress.h"
#include "tests/support/forge/forge.h"

namespace tests::forge {
namespace {

std::string base256(std::string_view last_bytes, char first) {
  std::string field(12, '\0');
  field[0] = first;
  field.replace(12 - last_bytes.size(), last_bytes.size(), last_bytes);
  return field;
}

// The package database of the image, in an entry of this kind.
TarBuilder status_as(char type) {
  return TarBuilder()
      .file("etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n")
      .entry({.type = type, .path = "var/lib/dpkg/status", .content = dpkg_status({"bash"})});
}

Images paths() {
  std::string deep;
  for (int depth = 0; depth < 2000; ++depth) deep += "a/";
  Images images = {
      with_file("path: leads out of the image", "../../../etc/passwd", "x"),
      with_file("path: leads out from the middle", "a/../../x", "x"),
      with_file("path: absolute", "/etc/shadow", "x"),
      with_file("path: dots and double slashes", "./a/.//b/./c", "x"),
      with_file("path: goes up and stays inside", "a/b/../../c", "x"),
      of_tar("path: a directory that leads out", good().directory("../../etc/")),
      of_tar("path: a link whose name leads out", good().symbolic_link("../a", "b")),
      of_tar("path: empty", good().file("", "x")),
      of_tar("path: the root", good().directory("./")),
      of_tar("path: backslashes are no separators", good().file("..\\..\\etc\\passwd", "x")),
      of_tar("path: control characters", good().file("\x1b[2J\x07/\xe2\x80\xae", "x")),
      of_tar("path: a newline", good().file("a\nComplete: true", "x")),
      of_tar("path: no UTF-8", good().file("\xff\xfe\xc0", "x")),
      of_tar("path: a NUL by PAX", good().pax({{"path", std::string("a\0b", 3)}}).file("x", "")),
      of_tar("path: 4,000 bytes deep", good().gnu_long_name(deep).file("x", "")),
      of_tar("path: 5,000 bytes", good().gnu_long_name(std::string(5000, 'p')).file("x", "")),
      of_tar("path: 5,000 bytes by PAX", good().pax({{"path", std::string(5000, 'p')}}).file("x", "")),
      of_tar("path: a megabyte", good().gnu_long_name(std::string(1'000'000, 'p')).file("x", "")),
      of_tar("path: ustar prefix",
             TarBuilder()
                 .file("etc/os-release", "ID=debian\nVERSION_ID=12\n")
                 .entry({.path = "dpkg/status", .content = dpkg_status({"bash"}), .prefix = "var/lib"})),
  };
  return images;
}

Images sizes() {
  return {
      of_tar("size: base-256", good().entry({.path = "a", .content = "abc", .size_field = base256("\x03", '\x80')})),
      of_tar("size: base-256 and negative", good().entry({.path = "a", .size_field = base256("\x01", '\xff')})),
      of_tar("size: base-256 beyond 63 bits",
             good().entry({.path = "a", .size_field = base256("\xff\xff\xff\xff\xff\xff\xff\xff", '\x80')})),
      of_tar("size: of 8 GB, with nothing behind it", good().entry({.path = "a", .size_field = "77777777777 "})),
      of_tar("size: no number", good().entry({.path = "a", .size_field = "hello world "})),
      of_tar("size: negative octal", good().entry({.path = "a", .size_field = "-0000000001 "})),
      of_tar("size: empty field", good().entry({.path = "a", .size_field = std::string(12, ' ')})),
      of_tar("size: a directory with content", good().entry({.type = '5', .path = "d", .content = "x"})),
      of_tar("size: PAX overrides the header",
             good().pax({{"size", "3"}}).entry({.path = "a", .content = "abc", .size_field = "00000000000 "})),
      of_tar("size: PAX says less than there is", good().pax({{"size", "1"}}).file("a", std::string(2000, 'x'))),
      of_tar("size: PAX says more than there is", good().pax({{"size", "99999999"}}).file("a", "x")),
      of_tar("size: PAX says a negative number", good().pax({{"size", "-1"}}).file("a", "x")),
      of_tar("size: PAX says no number", good().pax({{"size", "1e3"}}).file("a", "x")),
      of_tar("size: a database that lies about its own", TarBuilder()
                                                             .file("etc/os-release", "ID=debian\nVERSION_ID=12\n")
                                                             .entry({.path = "var/lib/dpkg/status",
                                                                     .content = dpkg_status({"bash", "hidden"}),
                                                                     .size_field = "00000000010 "})),
  };
}

Images headers() {
  std::string bad_sum = good().file("a", "x").archive();
  bad_sum[good().bytes().size() + 148] = '7';
  const TarBuilder hidden = TarBuilder().file("var/lib/dpkg/status", dpkg_status({"hidden"}));
  std::string long_pax;
  for (int number = 0; number < 20'000; ++number) long_pax += pax_record(fmt::format("k{}", number), "v");
  return {
      {"header: a wrong checksum", {gzip(bad_sum)}},
      {"header: no end of the archive", {gzip(good().bytes())}},
      {"header: cut in a header", {gzip(good().bytes() + hidden.bytes().substr(0, 300))}},
      {"header: cut in a content", {gzip(good().bytes() + hidden.bytes().substr(0, 540))}},
      {"header: cut behind a content", {gzip(good().bytes() + hidden.bytes().substr(0, 620))}},
      {"header: one block of zeros and more entries",
       {gzip(good().bytes() + std::string(512, '\0') + hidden.archive())}},
      {"header: the end and more entries", {gzip(good().archive() + hidden.archive())}},
      {"header: garbage behind the end", {gzip(good().archive() + std::string(512, 'x'))}},
      {"header: no archive at all", {gzip("#!/bin/sh\n" + std::string(1000, '#'))}},
      of_tar("header: magic of GNU", good().entry({.path = "a", .content = "x", .magic = "ustar  \0"})),
      of_tar("header: magic of nobody", good().entry({.path = "a", .content = "x", .magic = "abcdefgh"})),
      of_tar("header: PAX record without its length", good().entry({.type = 'x', .path = "p", .content = "path=a\n"})),
      of_tar("header: PAX record longer than its header",
             good().entry({.type = 'x', .path = "p", .content = "99 path=a\n"})),
      of_tar("header: PAX record of length 0", good().entry({.type = 'x', .path = "p", .content = "0 path=a\n"})),
      of_tar("header: PAX record without a newline", good().entry({.type = 'x', .path = "p", .content = "8 path=a"})),
      of_tar("header: PAX header of nothing", good().entry({.type = 'x', .path = "p"}).file("a", "x")),
      of_tar("header: PAX header for nothing", good().pax({{"path", "a"}})),
      of_tar("header: 20,000 PAX records",
             good().entry({.type = 'x', .path = "p", .content = long_pax}).file("a", "x")),
      of_tar("header: PAX header of 2 MiB", good().pax({{"comment", std::string(2 << 20, 'c')}}).file("a", "x")),
      of_tar("header: PAX path and GNU path", good().pax({{"path", "by-pax"}}).gnu_long_name("by-gnu").file("x", "")),
      of_tar("header: GNU long name twice", good().gnu_long_name("one").gnu_long_name("two").file("x", "")),
      of_tar("header: global PAX path hides the database", TarBuilder()
                                                               .file("etc/os-release", "ID=debian\nVERSION_ID=12\n")
                                                               .global_pax({{"path", "elsewhere"}})
                                                               .file("var/lib/dpkg/status", dpkg_status({"bash"}))),
      of_tar("header: global PAX size", good().global_pax({{"size", "1"}}).file("a", "abc")),
      of_tar("header: PAX path moves a file onto the database",
             good().pax({{"path", "var/lib/dpkg/status"}}).file("harmless", dpkg_status({"other"}))),
      of_tar("header: PAX linkpath", good().pax({{"linkpath", "/etc/shadow"}}).symbolic_link("a", "b")),
  };
}

Images kinds() {
  Images images;
  for (const char type : std::string("01234567DEIMNSVXZ")) {
    images.push_back(of_tar(fmt::format("kind: the database in an entry '{}'", type), status_as(type)));
  }
  images.push_back(of_tar("kind: the database in an entry of V7", status_as('\0')));
  images.push_back(of_tar("kind: the database as a sparse file of PAX",
                          TarBuilder()
                              .file("etc/os-release", "ID=debian\nVERSION_ID=12\n")
                              .pax({{"GNU.sparse.major", "1"},
                                    {"GNU.sparse.minor", "0"},
                                    {"GNU.sparse.name", "var/lib/dpkg/status"},
                                    {"GNU.sparse.realsize", "10"}})
                              .file("GNUSparseFile.0/status", "1\n0\n10\n" + std::string(500, '\0') + "0123456789")));
  images.push_back(of_tar("kind: a file with a slash behind its name", good().file("etc/x/", "x")));
  images.push_back(of_tar("kind: the database twice, the last one counts",
                          good().file("var/lib/dpkg/status", dpkg_status({"second"}))));
  images.push_back(of_tar("kind: the database becomes a directory", good().directory("var/lib/dpkg/status/")));
  images.push_back(of_tar("kind: its directory becomes a file", good().file("var/lib/dpkg", "x")));
  images.push_back(of_tar("kind: its directory becomes a device", good().entry({.type = '4', .path = "var/lib"})));
  images.push_back(
      of_tar("kind: files before their directories", TarBuilder()
                                                         .file("var/lib/dpkg/status", dpkg_status({"bash"}))
                                                         .directory("var/lib/dpkg/")
                                                         .directory("var/")
                                                         .file("etc/os-release", "ID=debian\nVERSION_ID=12\n")));
  return images;
}

}  // namespace

Images tar_images() {
  return joined({paths(), sizes(), headers(), kinds()});
}

Images link_images() {
  const auto os = [] { return TarBuilder().file("etc/os-release", "ID=debian\nVERSION_ID=12\n"); };
  TarBuilder chain = good();
  for (int number = 0; number < 300; ++number) {
    chain.symbolic_link("l" + std::to_string(number), "l" + std::to_string(number + 1));
  }
  chain.file("l0/x", "x");
  const std::string status = dpkg_status({"bash"});
  return {
      of_tar("link: target leads out", good().symbolic_link("a", "../../../../etc/passwd")),
      of_tar("link: the database leads out and comes back in",
             os().symbolic_link("var/lib/dpkg/status", "../../../../../../real").file("real", status)),
      of_tar("link: the database leads to what is not there", os().symbolic_link("var/lib/dpkg/status", "/nowhere")),
      of_tar("link: the database's directory leads elsewhere",
             os().symbolic_link("var/lib/dpkg", "/opt/hidden").file("opt/hidden/status", status)),
      of_tar("link: the root of all leads elsewhere",
             os().symbolic_link("var", "usr").file("var/lib/dpkg/status", status)),
      of_tar("link: the database under another name, and a link to it",
             os().file("opt/innocent", status).symbolic_link("var/lib/dpkg/status", "/opt/innocent")),
      of_tar("link: a hard link to the database under another name",
             os().file("opt/innocent", status).hard_link("var/lib/dpkg/status", "opt/innocent")),
      of_tar("link: to itself", good().symbolic_link("a", "a").file("a/x", "x")),
      of_tar("link: two in a circle", good().symbolic_link("a", "b").symbolic_link("b", "a").file("a/x", "x")),
      of_tar("link: a circle in place of the database",
             os().symbolic_link("var/lib/dpkg/status", "a").symbolic_link("var/lib/dpkg/a", "status")),
      of_tar("link: a chain of 300", chain),
      of_tar("link: through a file", good().file("f", "x").file("f/g", "y")),
      of_tar("link: a hard link that leads out", good().hard_link("a", "../../etc/passwd")),
      of_tar("link: a hard link to itself", good().hard_link("a", "a")),
      of_tar("link: a hard link to nothing", good().hard_link("a", "nothing")),
      of_tar("link: a hard link to a directory", good().directory("d/").hard_link("a", "d")),
      of_tar("link: a hard link to what comes later",
             os().hard_link("var/lib/dpkg/status", "later").file("later", status)),
      of_tar("link: the database moved away by hard links",
             good().hard_link("moved", "var/lib/dpkg/status").file("var/lib/dpkg/status", "")),
      of_tar("link: a hard link through a link", good().symbolic_link("l", "var/lib/dpkg").hard_link("a", "l/status")),
      of_tars("link: over the database's directory in another layer",
              {good(), TarBuilder().symbolic_link("var/lib/dpkg", "/empty")}),
      of_tars("link: of another layer is no way to write",
              {good().symbolic_link("trap", "var/lib/dpkg"), TarBuilder().file("trap/status", dpkg_status({"other"}))}),
      of_tars("link: to a lower layer's file",
              {os().file("opt/innocent", status), TarBuilder().symbolic_link("var/lib/dpkg/status", "/opt/innocent")}),
  };
}

}  // namespace tests::forge
