#include "tests/scanner/advisories/database_fixture.h"

#include <cstdlib>
#include <fstream>
#include <stdexcept>

#include "scanner/advisories/signature.h"

namespace tests {

namespace fs = std::filesystem;

base::SystemTime FixedClock::system_now() const {
  return base::SystemTime(std::chrono::seconds(seconds_));
}

DatabaseFixture::DatabaseFixture() {
  std::string name = (fs::temp_directory_path() / "pratique-database-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory");
  root_ = name;
  ::setenv("XDG_DATA_HOME", path("data").c_str(), 1);
  static_cast<void>(scanner::advisories::make_signing_key(key()));
}

DatabaseFixture::~DatabaseFixture() {
  fs::remove_all(root_);
}

void DatabaseFixture::write(std::string_view name, std::string_view content) const {
  fs::create_directories((root_ / name).parent_path());
  std::ofstream(root_ / name, std::ios::binary) << content;
}

scanner::advisories::BuildResult DatabaseFixture::build(const std::vector<std::string>& sources, int now) {
  scanner::advisories::BuildRequest request;
  for (const std::string& source : sources) {
    request.sources.push_back(scanner::advisories::parse_build_source(source));
    request.sources.back().path = (root_ / request.sources.back().path).string();
  }
  request.key_path = key();
  request.output_path = database();
  request.on_note = [this](const scanner::advisories::FeedNote& note) { notes_.push_back(note); };
  return scanner::advisories::build_database(request, FixedClock(now));
}

std::shared_ptr<const scanner::advisories::Database> DatabaseFixture::open() const {
  return scanner::advisories::Database::open(database());
}

}  // namespace tests
