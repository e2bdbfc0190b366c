// Files of packages that cost far more than they are long.
#include <fmt/format.h>

#include <utility>

#include "base/base64.h"
#include "tests/support/forge/forge.h"
#include "tests/support/rpm_files.h"
#include "tests/support/zip_builder.h"

namespace tests::forge {
namespace {

constexpr std::size_t kMebibyte = 1 << 20;

// Of so many bytes: "[{},{},...{}]", three bytes a value.
std::string empty_objects(std::size_t bytes) {
  return "[" + repeated("{},", bytes / 3) + "{}]";
}

std::string sbom_of(std::string_view component, std::size_t times) {
  std::string components = repeated(component, times);
  components.pop_back();
  return R"({"bomFormat":"CycloneDX","specVersion":"1.6","components":[)" + components + "]}";
}

Amplifier with_file_made(std::string name, std::string path, std::function<std::string()> make) {
  return {name, [name, path = std::move(path), make = std::move(make)] { return with_file(name, path, make()); }};
}

Amplifiers documents() {
  const char* const sbom = "app/bom.cdx.json";
  return {
      with_file_made("json: 80,000 empty objects", "app/composer.lock", [] { return empty_objects(240'000); }),
      with_file_made("json: 15 MiB of empty objects", "app/package-lock.json",
                     [] { return empty_objects(15 * kMebibyte); }),
      with_file_made("json: 15 MiB of empty arrays", "app/package-lock.json",
                     [] { return "[" + repeated("[],", 5 * kMebibyte) + "[]]"; }),
      with_file_made("json: 15 MiB of members of one object", "app/composer.lock",
                     [] {
                       std::string members;
                       for (int number = 0; members.size() < 15 * kMebibyte; ++number) {
                         members += fmt::format(R"("{:x}":1,)", number);
                       }
                       return "{" + members + R"("z":1})";
                     }),
      with_file_made("json: 62 MiB of empty components", sbom, [] { return sbom_of("{},", 62 * kMebibyte / 3); }),
      with_file_made("json: 62 MiB of short texts", sbom, [] { return sbom_of(R"("",)", 62 * kMebibyte / 3); }),
      with_file_made("json: one text of 62 MiB", sbom,
                     [] { return sbom_of(R"({"purl":"pkg:npm/)" + std::string(62 * kMebibyte, 'a') + R"(@1"},)", 1); }),
      with_file_made("json: 400,000 components", sbom,
                     [] { return sbom_of(R"({"purl":"pkg:npm/left-pad@1"},)", 400'000); }),
      with_file_made("json: 40 MiB of empty components in an envelope", sbom,
                     [] {
                       return R"({"payloadType":"application/vnd.in-toto+json","payload":")" +
                              base::encode_base64(sbom_of("{},", 40 * kMebibyte / 3)) + "\"}";
                     }),
      with_file_made("json: a predicate of 13 MiB of empty components", sbom,
                     [] { return R"({"predicate":)" + sbom_of("{},", 1'400'000) + "}"; }),
  };
}

std::string patched(std::string bytes, std::size_t at, std::string_view with) {
  bytes.replace(at, with.size(), with);
  return bytes;
}

std::string little(std::size_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i, value >>= 8) text += static_cast<char>(value);
  return text;
}

// The only member of the archive so many times, all of the same bytes.
std::string with_members_over_each_other(const std::string& archive, std::size_t times) {
  const std::size_t directory = archive.find("PK\x01\x02");
  const std::size_t end = archive.find("PK\x05\x06");
  const std::string record = archive.substr(directory, end - directory);
  const std::string counts = little(times, 2) + little(times, 2) + little(record.size() * times, 4);
  return archive.substr(0, directory) + repeated(record, times) + patched(archive.substr(end), 8, counts);
}

// Each member begins a little behind the one before it, in bytes that both of them have.
std::string with_members_in_each_other(std::size_t members) {
  ZipBuilder zip;
  for (std::size_t number = 0; number < members; ++number) zip.stored(fmt::format("lib/{:05}.jar", number), "PK");
  std::string archive = zip.archive();
  // The first one's bytes reach over all the others.
  const std::size_t directory = archive.find("PK\x01\x02");
  const std::string size = little(directory - 60, 4);
  return patched(archive, directory + 20, size + size);
}

Amplifiers archives() {
  const char* const path = "opt/app.jar";
  return {
      with_file_made("jar: 118 MiB, stored in another and that in a third", path,
                     [] {
                       const std::string inner =
                           ZipBuilder().stored("data", std::string(118 * kMebibyte, 'd')).archive();
                       return ZipBuilder().stored("a.jar", ZipBuilder().stored("b.jar", inner).archive()).archive();
                     }),
      with_file_made("jar: 50 MiB in 50 MiB in 50 MiB, packed", path,
                     [] {
                       std::string archive;
                       for (int depth = 0; depth < 4; ++depth) {
                         ZipBuilder zip;
                         if (depth > 0) zip.deflated("inner.jar", archive);
                         archive = zip.stored("data", std::string(50 * kMebibyte, 'd')).archive();
                       }
                       return archive;
                     }),
      with_file_made("jar: 60,000 members over the same 100 MiB", path,
                     [] {
                       const ZipBuilder zip = ZipBuilder().stored("lib/a.jar", std::string(100 * kMebibyte, 'd'));
                       return with_members_over_each_other(zip.archive(), 60'000);
                     }),
      with_file_made("jar: 60,000 packed members over the same 100 KiB", path,
                     [] {
                       const ZipBuilder zip = ZipBuilder().deflated("lib/a.jar", std::string(100 * kMebibyte, 'd'));
                       return with_members_over_each_other(zip.archive(), 60'000);
                     }),
      with_file_made("jar: members in one another", path, [] { return with_members_in_each_other(20'000); }),
      with_file_made("jar: a directory of 40 MiB", path,
                     [] {
                       ZipBuilder zip;
                       for (int number = 0; number < 640; ++number) {
                         zip.stored(fmt::format("{:05}", number) + std::string(65'530, 'n'), "");
                       }
                       return zip.archive();
                     }),
      with_file_made("jar: bytes behind the end of a member's stream", path,
                     [] {
                       const std::string pom = "groupId=g\nartifactId=a\nversion=1\n";
                       std::string archive = ZipBuilder().deflated("META-INF/maven/g/a/pom.properties", pom).archive();
                       const std::size_t directory = archive.find("PK\x01\x02");
                       const auto size = static_cast<unsigned char>(archive[directory + 20]);
                       archive[directory + 20] = static_cast<char>(size + 3);
                       archive[18] = static_cast<char>(size + 3);
                       const std::size_t end = archive.find("PK\x05\x06");
                       archive[end + 16] = static_cast<char>(archive[end + 16] + 3);
                       return archive.insert(directory, "xyz");
                     }),
      with_file_made("jar: a quine", path, zip_quine),
  };
}

Amplifier with_rpm(std::string name, std::string file, std::function<std::string()> make) {
  return {name, [name, file = std::move(file), make = std::move(make)] {
            return of_tar(
                name,
                TarBuilder().file("etc/os-release", "ID=fedora\nVERSION_ID=40\n").file("var/lib/rpm/" + file, make()));
          }};
}

std::string big(std::size_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift);
  return bytes;
}

// A header of this package whose files are as many as there are in a directory of this length.
std::string header_of_files(const std::string& name, std::size_t directory_bytes, std::size_t files) {
  RpmTags tags{.name = name, .version = "1", .release = "1"};
  tags.directories = {"/usr/bin/" + std::string(directory_bytes, 'd') + "/"};
  tags.files.assign(files, {.directory = 0, .name = "a"});
  return rpm_header(tags);
}

// As many tags as there may be, each with all names of a package.
std::string header_of_tags() {
  constexpr std::size_t kTags = 65'535;
  constexpr std::size_t kNames = 500'000;
  std::string index;
  for (std::size_t number = 0; number < kTags; ++number) index += big(1117) + big(8) + big(0) + big(kNames);
  return big(kTags) + big(2 * kNames) + index + repeated(std::string_view("a\0", 2), kNames);
}

// The first item of the database's one page of items, as often as the page has room for it.
std::string with_items_of_one_value(std::string database) {
  constexpr std::size_t kPage = 4096;
  const std::string item = database.substr(kPage + 26 + 2, 2);
  constexpr std::size_t kItems = 1900;
  for (std::size_t at = 0; at < kItems; ++at) database.replace(kPage + 26 + 2 * at, 2, item);
  return patched(database, kPage + 20, little(kItems, 2));
}

std::string with_slots_of_one_blob(std::string database) {
  const std::string slot = database.substr(32, 16);
  for (std::size_t at = 32; at < 4096; at += 16) database.replace(at, 16, slot);
  return database;
}

// All cells of the table's only page are its first one: as many as fit before its bytes.
std::string with_cells_of_one_value(std::string database) {
  constexpr std::size_t kPage = 4096;
  const std::string cell = database.substr(kPage + 8, 2);
  const auto byte = [&cell](std::size_t at) { return static_cast<std::size_t>(static_cast<unsigned char>(cell[at])); };
  const std::size_t cells = (byte(0) * 256 + byte(1) - 8) / 2;
  database.replace(kPage + 3, 2, big(cells).substr(2));
  for (std::size_t at = 0; at < cells; ++at) database.replace(kPage + 8 + 2 * at, 2, cell);
  return database;
}

Amplifiers databases() {
  const auto large = [] { return header_of_files("large", 10, 1'000'000); };
  return {
      with_rpm("rpm header: a directory of a megabyte and a million files", "rpmdb.sqlite",
               [] { return sqlite_database({header_of_files("bash", kMebibyte, 1'000'000)}); }),
      with_rpm(
          "rpm header: directories of 4 KB and a million files in each of ten packages", "Packages",
          [] { return berkeley_database(std::vector<std::string>(10, header_of_files("bash", 4000, 1'000'000))); }),
      with_rpm("rpm header: 65,535 tags of all names", "Packages",
               [] { return berkeley_database({header_of_tags()}); }),
      with_rpm("rpm header: of 40 MiB", "Packages.db",
               [] {
                 return ndb_database(
                     {rpm_header({.name = std::string(40 * kMebibyte, 'n'), .version = "1", .release = "1"})});
               }),
      with_rpm("rpm berkeley: 950 packages of one value", "Packages",
               [large] { return with_items_of_one_value(berkeley_database({large()})); }),
      with_rpm("rpm ndb: 254 slots of one value", "Packages.db",
               [large] { return with_slots_of_one_blob(ndb_database({large()})); }),
      with_rpm("rpm sqlite: a page of cells of one value", "rpmdb.sqlite",
               [large] { return with_cells_of_one_value(sqlite_database({large()})); }),
      with_rpm("rpm sqlite: 100 MiB", "rpmdb.sqlite",
               [] { return sqlite_database(std::vector<std::string>(5, std::string(20 * kMebibyte, '\0'))); }),
      {"dpkg: a million packages of some bytes each",
       [] {
         std::string status;
         for (int number = 0; number < 1'000'000; ++number)
           status += fmt::format("Package: p{}\nVersion: 1\n\n", number);
         return of_tar(
             "dpkg: a million packages of some bytes each",
             TarBuilder().file("etc/os-release", "ID=debian\nVERSION_ID=12\n").file("var/lib/dpkg/status", status));
       }},
  };
}

}  // namespace

Amplifiers amplifier_files() {
  return joined({documents(), archives(), databases()});
}

}  // namespace tests::forge
