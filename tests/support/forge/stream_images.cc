#include <fmt/format.h>

#include "tests/support/compress.h"
#include "tests/support/forge/forge.h"

namespace tests::forge {
namespace {

using Pack = std::string (*)(std::string_view);

std::string plain_zstd(std::string_view text) {
  return zstd(text);
}

std::string flipped(std::string bytes, std::size_t at) {
  bytes[at] = static_cast<char>(bytes[at] ^ 0x10);
  return bytes;
}

// `total` zeros behind the start of an entry that claims them.
std::string zeros_entry(const char* size_field) {
  return good().entry({.path = "zeros", .size_field = size_field}).bytes();
}

Images of_codec(const std::string& codec, Pack pack) {
  const std::string tar = good().archive();
  const std::string packed = pack(tar);
  const std::string half_one = tar.substr(0, 1000);
  const std::string half_two = tar.substr(1000);
  return {
      {codec + ": as it should be", {packed}},
      {codec + ": in two parts", {pack(half_one) + pack(half_two)}},
      {codec + ": with an empty part between", {pack(half_one) + pack("") + pack(half_two)}},
      {codec + ": twice, the second hidden behind the end", {packed + pack(TarBuilder().file("x", "x").archive())}},
      {codec + ": cut after one byte", {packed.substr(0, 1)}},
      {codec + ": cut after four bytes", {packed.substr(0, 4)}},
      {codec + ": cut in the middle", {packed.substr(0, packed.size() / 2)}},
      {codec + ": cut before its last byte", {packed.substr(0, packed.size() - 1)}},
      {codec + ": one bit changed in the middle", {flipped(packed, packed.size() / 2)}},
      {codec + ": garbage behind it", {packed + "garbage that is no part"}},
      {codec + ": zeros behind it", {packed + std::string(512, '\0')}},
      {codec + ": a broken second part", {pack(half_one) + flipped(pack(half_two), 12)}},
      {codec + ": packed twice", {pack(packed)}},
      {codec + ": of nothing", {packed, pack("")}},
      {codec + ": a bomb", {pack(zeros_entry("00700000000 ") + std::string(100 << 20, '\0'))}},
  };
}

Images of_gzip() {
  const std::string packed = gzip(good().archive());
  std::string with_name = packed;
  with_name[3] = '\x08';
  with_name.insert(10, std::string("name\0", 5));
  std::string reserved = packed;
  reserved[3] = '\xe0';
  std::string method = packed;
  method[2] = '\x09';
  std::string size = packed;
  size[size.size() - 2] = static_cast<char>(size[size.size() - 2] ^ 1);
  return {
      {"gzip: a file name in its header", {with_name}},
      {"gzip: reserved flags", {reserved}},
      {"gzip: a method that nobody has", {method}},
      {"gzip: a wrong checksum", {flipped(packed, packed.size() - 8)}},
      {"gzip: a wrong length", {size}},
      {"gzip: a block of a type that nobody has", {packed.substr(0, 10) + "\x07" + packed.substr(11)}},
      {"gzip: a megabyte of empty parts",
       {packed,
        [] {
          std::string empty = gzip("");
          std::string many;
          while (many.size() < (1 << 20)) many += empty;
          return many;
        }()}},
  };
}

Images of_zstd() {
  const std::string tar = good().archive();
  const std::string skippable = std::string("\x50\x2a\x4d\x18", 4) + std::string("\x05\0\0\0", 4) + "12345";
  const std::string endless_skippable = std::string("\x50\x2a\x4d\x18\xff\xff\xff\xff", 8) + "12345";
  return {
      {"zstd: skippable frames before, between and behind",
       {skippable + zstd(tar.substr(0, 1000)) + skippable + zstd(tar.substr(1000)) + skippable}},
      {"zstd: a skippable frame without an end", {zstd(tar) + endless_skippable}},
      {"zstd: a window of 512 MiB", {zstd(tar, 29)}},
      {"zstd: a window of 2 GiB", {zstd(tar, 31)}},
      {"zstd: needs a dictionary", {std::string("\x28\xb5\x2f\xfd\x23\x01\x02\x03\x04\x05", 10) + "rest"}},
      {"zstd: the magic and nothing", {std::string("\x28\xb5\x2f\xfd", 4)}},
  };
}

}  // namespace

Images stream_images() {
  const std::string garbage(2000, '\xaa');
  const Images others = {
      {"codec: none", {good().archive()}},
      {"codec: none, of nothing", {good().archive(), ""}},
      {"codec: garbage", {garbage}},
      {"codec: one byte", {good().archive(), "x"}},
      {"codec: zeros alone", {good().archive(), std::string(100'000, '\0')}},
      {"codec: xz", {std::string("\xfd\x37\x7a\x58\x5a\x00", 6) + garbage}},
      {"codec: bzip2", {"BZh91AY&SY" + garbage}},
      {"codec: lzma", {std::string("\x5d\x00\x00\x80\x00", 5) + garbage}},
      {"codec: lz4", {std::string("\x04\x22\x4d\x18", 4) + garbage}},
      {"codec: zip", {"PK\x03\x04" + garbage}},
      {"codec: a squashfs", {"hsqs" + garbage}},
      {"codec: HTML of a proxy", {"<!DOCTYPE html><html><body>Please log in</body></html>"}},
      {"codec: zstd in gzip", {gzip(zstd(good().archive()))}},
      {"codec: gzip in one part, zstd in the next", {gzip(good().bytes()) + zstd(good().archive())}},
  };
  return joined({others, of_codec("gzip", gzip), of_codec("zstd", plain_zstd), of_gzip(), of_zstd()});
}

Images whiteout_images() {
  const auto upper = [](const TarBuilder& tar) { return std::vector<TarBuilder>{good(), tar}; };
  const std::string other = dpkg_status({"other"});
  return {
      of_tars("whiteout: of the database", upper(TarBuilder().file("var/lib/dpkg/.wh.status", ""))),
      of_tars("whiteout: of the database's directory", upper(TarBuilder().file("var/lib/.wh.dpkg", ""))),
      of_tars("whiteout: of the database's directory, which comes again",
              upper(TarBuilder().file("var/lib/.wh.dpkg", "").directory("var/lib/dpkg/"))),
      of_tars("whiteout: by a file in whose place the directory comes again",
              upper(TarBuilder().file("var/lib/dpkg", "").directory("var/lib/dpkg/"))),
      of_tars("whiteout: of everything", upper(TarBuilder().file(".wh..wh..opq", ""))),
      of_tars("whiteout: and the database again",
              upper(TarBuilder().file("var/lib/dpkg/.wh.status", "").file("var/lib/dpkg/status", other))),
      of_tars("whiteout: behind the new database",
              upper(TarBuilder().file("var/lib/dpkg/status", other).file("var/lib/dpkg/.wh.status", ""))),
      of_tars("whiteout: of a directory above the new database",
              upper(TarBuilder().file("var/lib/dpkg/status", other).file(".wh.var", ""))),
      of_tars("whiteout: opaque behind the new database",
              upper(TarBuilder().file("var/lib/dpkg/status", other).file("var/lib/dpkg/.wh..wh..opq", ""))),
      of_tars("whiteout: in its own layer hides nothing", {good().file("var/lib/dpkg/.wh.status", "")}),
      of_tars("whiteout: opaque in its own layer hides nothing", {good().file("var/lib/dpkg/.wh..wh..opq", "")}),
      of_tars("whiteout: of a layer above hides nothing here",
              {TarBuilder().file("var/lib/dpkg/.wh.status", ""), good()}),
      of_tars("whiteout: of nothing", upper(TarBuilder().file("var/lib/dpkg/.wh.", ""))),
      of_tars("whiteout: of a dot", upper(TarBuilder().file("var/lib/dpkg/.wh..", ""))),
      of_tars("whiteout: of two dots", upper(TarBuilder().file("var/lib/dpkg/.wh...", ""))),
      of_tars("whiteout: that leads out", upper(TarBuilder().file("../.wh.var", ""))),
      of_tars("whiteout: of a name with a slash by PAX",
              upper(TarBuilder().pax({{"path", ".wh.var/lib/dpkg/status"}}).file("x", ""))),
      of_tars("whiteout: records of AUFS", upper(TarBuilder().file(".wh..wh.plnk", "").file(".wh..wh.aufs", ""))),
      of_tars("whiteout: AUFS's opaque mark with more behind it",
              upper(TarBuilder().file("var/lib/dpkg/.wh..wh..opq2", ""))),
      of_tars("whiteout: as a directory", upper(TarBuilder().directory("var/lib/dpkg/.wh.status/"))),
      of_tars("whiteout: as a link", upper(TarBuilder().symbolic_link("var/lib/dpkg/.wh.status", "x"))),
      of_tars("whiteout: with content", upper(TarBuilder().file("var/lib/dpkg/.wh.status", "content"))),
      of_tars("whiteout: as overlayfs keeps it, a device",
              upper(TarBuilder().entry({.type = '3', .path = "var/lib/dpkg/status"}))),
      of_tars("whiteout: in capitals", upper(TarBuilder().file("var/lib/dpkg/.WH.status", ""))),
      of_tars("whiteout: of a link to the database's directory",
              {good().symbolic_link("alias", "var/lib/dpkg"), TarBuilder().file("alias/.wh.status", "")}),
      of_tars("whiteout: through a link of its own layer",
              upper(TarBuilder().symbolic_link("alias", "var/lib/dpkg").file("alias/.wh.status", ""))),
      of_tars("whiteout: of a link leaves its target", {TarBuilder()
                                                            .file("etc/os-release", "ID=debian\nVERSION_ID=12\n")
                                                            .file("opt/dpkg/status", dpkg_status({"bash"}))
                                                            .symbolic_link("var/lib/dpkg", "/opt/dpkg"),
                                                        TarBuilder().file("var/lib/.wh.dpkg", "")}),
      of_tars("whiteout: of the system's name", upper(TarBuilder().file("etc/.wh.os-release", ""))),
      of_tars("whiteout: removed, brought back and removed again",
              {good(), TarBuilder().file("var/.wh.lib", ""), good(), TarBuilder().file("var/lib/.wh.dpkg", "")}),
  };
}

}  // namespace tests::forge
