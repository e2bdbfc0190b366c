#include <fmt/format.h>

#include <utility>

#include "tests/support/compress.h"
#include "tests/support/forge/forge.h"
#include "tests/support/rpm_files.h"
#include "tests/support/zip_builder.h"

namespace tests::forge {
namespace {

constexpr std::string_view kPom = "groupId=org.example\nartifactId=lib\nversion=1.0\n";
constexpr const char* kPomPath = "META-INF/maven/org.example/lib/pom.properties";

std::string jar() {
  return ZipBuilder().stored(kPomPath, kPom).archive();
}

std::string patched(std::string bytes, std::size_t at, std::string_view with) {
  bytes.replace(at, with.size(), with);
  return bytes;
}

// Offsets in an archive of one member.
std::size_t directory_of(const std::string& archive) {
  return archive.find("PK\x01\x02");
}
std::size_t end_of(const std::string& archive) {
  return archive.find("PK\x05\x06");
}

std::string nested(int depth) {
  std::string archive = jar();
  for (int level = 0; level < depth; ++level) archive = ZipBuilder().stored("lib/inner.jar", archive).archive();
  return archive;
}

HostileImage with_jar(std::string name, std::string_view bytes) {
  return with_file(std::move(name), "opt/app.jar", bytes);
}

TarBuilder rpm_system() {
  return TarBuilder().file("etc/os-release", "ID=fedora\nVERSION_ID=40\n");
}

HostileImage with_rpm(std::string name, const std::string& file, std::string_view bytes) {
  return of_tar(std::move(name), rpm_system().file("var/lib/rpm/" + file, bytes));
}

std::vector<std::string> rpm_headers() {
  std::vector<std::string> headers;
  for (int number = 0; number < 20; ++number) {
    headers.push_back(rpm_header({.name = "package" + std::to_string(number), .version = "1", .release = "1"}));
  }
  return headers;
}

Images of_database(const std::string& kind, const std::string& file, const std::string& bytes) {
  std::string page_of_noise = bytes;
  for (std::size_t at = 4096; at < std::min<std::size_t>(bytes.size(), 8192); ++at) page_of_noise[at] = '\xff';
  return {
      with_rpm(kind + ": as it should be", file, rpm_headers().size() > 1 ? bytes : ""),
      with_rpm(kind + ": empty", file, ""),
      with_rpm(kind + ": its magic and nothing", file, bytes.substr(0, 16)),
      with_rpm(kind + ": cut in the middle", file, bytes.substr(0, bytes.size() / 2)),
      with_rpm(kind + ": its second page is noise", file, page_of_noise),
      with_rpm(kind + ": noise alone", file, std::string(20'000, '\xa5')),
      with_rpm(kind + ": zeros alone", file, std::string(20'000, '\0')),
  };
}

std::string rpm_header_with(std::size_t at, std::string_view with) {
  return patched(rpm_header({.name = "bash", .version = "1", .release = "1"}), at, with);
}

// Databases of dpkg and apk, and the file that tells the system.
Images system_images() {
  Images images;
  const std::string stanza = "Package: bash\nStatus: install ok installed\nArchitecture: amd64\n";
  const auto status = [](const char* name, const std::string& content) {
    return of_tar(
        name, TarBuilder().file("etc/os-release", "ID=debian\nVERSION_ID=12\n").file("var/lib/dpkg/status", content));
  };
  images.push_back(status("dpkg: empty", ""));
  images.push_back(status("dpkg: noise", std::string(5000, '\xff')));
  images.push_back(status("dpkg: no version", stanza + "\n"));
  images.push_back(status("dpkg: a version of 10,000 bytes", stanza + "Version: " + std::string(10'000, '1') + "\n\n"));
  images.push_back(status("dpkg: a NUL in a name",
                          std::string("Package: ba\0sh\nStatus: install ok installed\nVersion: 1\n\n", 54)));
  images.push_back(status("dpkg: control characters in a version", stanza + "Version: 1\x1b[31m\n\n"));
  images.push_back(status("dpkg: the name twice", stanza + "Package: other\nVersion: 1\n\n"));
  images.push_back(
      status("dpkg: a line of 10 MB", stanza + "Version: 1\nDescription: " + std::string(10'000'000, 'd') + "\n\n"));
  images.push_back(status("dpkg: 100,000 fields", [&] {
    std::string text = stanza;
    for (int number = 0; number < 100'000; ++number) text += fmt::format("X-{}: 1\n", number);
    return text + "Version: 1\n\n";
  }()));
  images.push_back(status("dpkg: lines of another system", [&] {
    std::string text = stanza + "Version: 1\n\n";
    for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += 2) text.replace(at, 1, "\r\n");
    return text;
  }()));
  images.push_back(status("dpkg: not installed", "Package: bash\nStatus: deinstall ok config-files\nVersion: 1\n\n"));
  images.push_back(of_tar("apk: noise", TarBuilder()
                                            .file("etc/os-release", "ID=alpine\nVERSION_ID=3.20.1\n")
                                            .file("lib/apk/db/installed", std::string(5000, '\xff'))));
  images.push_back(of_tar("apk: no version", TarBuilder()
                                                 .file("etc/os-release", "ID=alpine\nVERSION_ID=3.20.1\n")
                                                 .file("lib/apk/db/installed", "P:musl\nA:x86_64\n\n")));
  images.push_back(
      of_tar("os-release: a megabyte", TarBuilder()
                                           .file("etc/os-release", "ID=" + std::string(1 << 20, 'x') + "\n")
                                           .file("var/lib/dpkg/status", dpkg_status({"bash"}))));
  images.push_back(of_tar("os-release: noise", TarBuilder()
                                                   .file("etc/os-release", std::string(500, '\xff'))
                                                   .file("var/lib/dpkg/status", dpkg_status({"bash"}))));
  images.push_back(of_tar("os-release: none", TarBuilder().file("var/lib/dpkg/status", dpkg_status({"bash"}))));
  images.push_back(
      of_tar("os-release: a system that nobody knows", TarBuilder()
                                                           .file("etc/os-release", "ID=nobodys\nVERSION_ID=1\n")
                                                           .file("var/lib/dpkg/status", dpkg_status({"bash"}))));
  images.push_back(
      of_tar("os-release: shell in a value", TarBuilder()
                                                 .file("etc/os-release", "ID=\"$(reboot)\"\nVERSION_ID=12\n")
                                                 .file("var/lib/dpkg/status", dpkg_status({"bash"}))));
  return images;
}

}  // namespace

Images archive_images() {
  const std::string good_jar = jar();
  const std::string zeros(30 << 20, '\0');
  ZipBuilder many;
  for (int number = 0; number < 60'000; ++number) many.stored(std::to_string(number), "");
  ZipBuilder bombs;
  for (int number = 0; number < 12; ++number) bombs.deflated(fmt::format("lib/{}.jar", number), zeros);
  return {
      with_jar("jar: as it should be", good_jar),
      with_jar("jar: behind a program", "#!/bin/sh\nexec java -jar \"$0\"\n" + good_jar),
      with_jar("jar: with bytes behind it", good_jar + std::string(100, 'x')),
      with_jar("jar: empty file", ""),
      with_jar("jar: of nothing", ZipBuilder().archive()),
      with_jar("jar: no archive", "this is no archive"),
      with_jar("jar: cut", good_jar.substr(0, good_jar.size() / 2)),
      with_jar("jar: without its directory", good_jar.substr(0, directory_of(good_jar))),
      with_jar("jar: the checksum is wrong", patched(good_jar, directory_of(good_jar) + 16, "abcd")),
      with_jar("jar: the size is less than it is", patched(good_jar, directory_of(good_jar) + 24, "\x05")),
      with_jar("jar: the size is more than it is", patched(good_jar, directory_of(good_jar) + 26, "\x05")),
      with_jar("jar: encrypted", patched(good_jar, directory_of(good_jar) + 8, "\x01")),
      with_jar("jar: a method that nobody has", patched(good_jar, directory_of(good_jar) + 10, "\x63")),
      with_jar("jar: the member lies outside of the file", patched(good_jar, directory_of(good_jar) + 42, "\xff\xff")),
      with_jar("jar: the directory lies outside of the file", patched(good_jar, end_of(good_jar) + 16, "\xff\xff\xff")),
      with_jar("jar: more members than there are",
               patched(good_jar, end_of(good_jar) + 8, std::string("\x09\0\x09\0", 4))),
      with_jar("jar: fewer members than there are",
               patched(good_jar, end_of(good_jar) + 8, std::string("\0\0\0\0", 4))),
      with_jar("jar: a local name that differs", patched(good_jar, 30, "NOTA-INF")),
      with_jar("jar: several disks", patched(good_jar, end_of(good_jar) + 4, "\x01")),
      with_jar("jar: zip64 that is not there", patched(good_jar, end_of(good_jar) + 8, "\xff\xff\xff\xff")),
      with_jar("jar: 60,000 members", many.archive()),
      with_jar("jar: inside another", nested(1)),
      with_jar("jar: five deep", nested(4)),
      with_jar("jar: ten deep", nested(10)),
      with_jar("jar: a member that leads out", ZipBuilder().stored("../../" + std::string(kPomPath), kPom).archive()),
      with_jar("jar: twelve bombs of 30 MiB", bombs.archive()),
      with_jar("jar: a pom of 30 MiB", ZipBuilder().deflated(kPomPath, zeros).archive()),
      with_jar("jar: a pom of entities without end",
               ZipBuilder()
                   .stored("META-INF/maven/g/a/pom.xml",
                           "<?xml version=\"1.0\"?><!DOCTYPE p [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">"
                           "<!ENTITY c \"&b;&b;&b;&b;\">]><project><groupId>&c;</groupId><artifactId>a</artifactId>"
                           "<version>1</version></project>")
                   .archive()),
      with_jar("jar: the same member twice",
               ZipBuilder().stored(kPomPath, "artifactId=x\n").stored(kPomPath, kPom).archive()),
  };
}

Images database_images() {
  Images images = joined({of_database("rpm sqlite", "rpmdb.sqlite", sqlite_database(rpm_headers())),
                          of_database("rpm ndb", "Packages.db", ndb_database(rpm_headers())),
                          of_database("rpm berkeley", "Packages", berkeley_database(rpm_headers())), system_images()});
  const auto header = [](const char* name, const std::string& bytes) {
    return with_rpm(name, "rpmdb.sqlite", sqlite_database({bytes}));
  };
  images.push_back(header("rpm header: as it should be", rpm_header_with(0, "")));
  images.push_back(header("rpm header: empty", ""));
  images.push_back(header("rpm header: more entries than bytes", rpm_header_with(0, "\x7f\xff\xff\xff")));
  images.push_back(header("rpm header: more data than bytes", rpm_header_with(4, "\x7f\xff\xff\xff")));
  images.push_back(header("rpm header: an entry of a type that nobody has", rpm_header_with(12, "\x7f")));
  images.push_back(header("rpm header: an offset outside", rpm_header_with(16, "\x7f\xff\xff\xff")));
  images.push_back(header("rpm header: noise", std::string(500, '\x99')));
  images.push_back(with_rpm("rpm sqlite: another table", "rpmdb.sqlite",
                            sqlite_database({}, "CREATE TABLE Other (hnum INTEGER PRIMARY KEY, blob BLOB)")));
  images.push_back(with_rpm("rpm sqlite: a view that never ends", "rpmdb.sqlite",
                            sqlite_database({},
                                            "CREATE VIEW Packages AS WITH RECURSIVE r(hnum, blob) AS (VALUES(1, x'00') "
                                            "UNION ALL SELECT hnum + 1, blob FROM r) SELECT * FROM r")));

  return images;
}

Images document_images() {
  const std::string deep_array = std::string(100'000, '[') + std::string(100'000, ']');
  const std::string deep_object = [] {
    std::string text;
    for (int depth = 0; depth < 20'000; ++depth) text += R"({"dependencies":)";
    return text + "{}" + std::string(20'000, '}');
  }();
  std::string aliases = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n";
  for (int level = 1; level < 12; ++level) {
    aliases +=
        fmt::format("a{0}: &a{0} [*a{1}, *a{1}, *a{1}, *a{1}, *a{1}, *a{1}, *a{1}, *a{1}, *a{1}]\n", level, level - 1);
  }
  Images images;
  // Files of JSON, each broken in the same ways.
  const std::pair<const char*, const char*> kJsonFiles[] = {
      {"package.json", "app/node_modules/a/package.json"},
      {"package-lock.json", "app/package-lock.json"},
      {"composer.lock", "app/composer.lock"},
      {"deps.json", "app/app.deps.json"},
      {"Pipfile.lock", "app/Pipfile.lock"},
      {"CycloneDX", "app/bom.cdx.json"},
  };
  for (const auto& [name, path] : kJsonFiles) {
    images.push_back(with_file(fmt::format("{}: 100,000 arrays deep", name), path, deep_array));
    images.push_back(with_file(fmt::format("{}: 20,000 objects deep", name), path, deep_object));
    images.push_back(with_file(fmt::format("{}: cut", name), path, R"({"name":"a","ver)"));
    images.push_back(with_file(fmt::format("{}: no UTF-8", name), path, "{\"name\":\"\xff\xfe\"}"));
    images.push_back(with_file(fmt::format("{}: a number that no number holds", name), path, R"({"version":1e99999})"));
    images.push_back(with_file(fmt::format("{}: empty", name), path, ""));
  }
  for (const char* path : {"app/Cargo.lock", "app/poetry.lock", "app/uv.lock"}) {
    images.push_back(with_file(fmt::format("{}: 100,000 arrays deep", path), path, "a = " + deep_array));
    images.push_back(with_file(fmt::format("{}: noise", path), path, std::string(5000, '\xfe')));
    images.push_back(with_file(fmt::format("{}: cut", path), path, "[[package]]\nname = \"a"));
  }
  for (const char* path : {"app/pnpm-lock.yaml", "app/pubspec.lock"}) {
    images.push_back(with_file(fmt::format("{}: aliases of aliases", path), path, aliases));
    images.push_back(with_file(fmt::format("{}: 100,000 arrays deep", path), path, "a: " + deep_array));
    images.push_back(with_file(fmt::format("{}: noise", path), path, std::string(5000, '\xfe')));
  }
  images.push_back(with_file("yarn.lock: noise", "app/yarn.lock", std::string(5000, '\xfe')));
  images.push_back(with_file("METADATA: a million headers", "usr/lib/python3/site-packages/a-1.dist-info/METADATA", [] {
    std::string text;
    for (int number = 0; number < 1'000'000; ++number) text += "X: y\n";
    return text;
  }()));
  images.push_back(
      with_file("METADATA: no name", "usr/lib/python3/site-packages/a-1.dist-info/METADATA", "Version: 1\n\n"));
  images.push_back(
      with_file("gemspec: noise", "usr/lib/ruby/gems/3.1.0/specifications/a-1.gemspec", std::string(5000, '\xfe')));
  return images;
}

}  // namespace tests::forge
