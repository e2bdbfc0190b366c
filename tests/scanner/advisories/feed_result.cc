#include "tests/scanner/advisories/feed_result.h"

#include "base/error.h"

namespace tests {

using namespace scanner::advisories;

FeedResult read_feed(std::string_view format, const std::string& path) {
  FeedResult result;
  const FeedReader reader{
      .on_advisory = [&](Advisory advisory) { result.advisories.push_back(std::move(advisory)); },
      .on_ecosystem = [&](std::string_view ecosystem) { result.ecosystems.emplace_back(ecosystem); },
      .on_threat = [&](std::string_view cve, const Threat& threat) { result.threats[std::string(cve)] = threat; },
      .on_ratings = [&](std::string_view cve,
                        const std::vector<Rating>& ratings) { result.ratings[std::string(cve)] = ratings; },
      .on_note = [&](FeedNote note) { result.notes.push_back(std::move(note)); },
      .on_progress = [](std::uint64_t, std::uint64_t) {}};
  result.summary = feed_of(format).read(path, reader);
  return result;
}

std::string feed_error(std::string_view format, const std::string& path) {
  try {
    static_cast<void>(read_feed(format, path));
    return "nothing";
  } catch (const base::Error& error) {
    return error.what();
  }
}

FeedResult FeedFileTest::read(const std::string& content) const {
  fixture.write(file_, content);
  return read_feed(format_, fixture.path(file_));
}

std::string FeedFileTest::error_of(const std::string& content) const {
  fixture.write(file_, content);
  return feed_error(format_, fixture.path(file_));
}

}  // namespace tests
