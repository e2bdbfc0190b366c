// A tar stream reads the same in pieces of any size, and every entry has just the content that it announced.
#include <string>

#include "base/error.h"
#include "base/tar_reader.h"

namespace {

using base::TarEntry;

class Recorder final : public base::TarVisitor {
 public:
  void on_entry(const base::TarEntry& entry) override {
    CHECK(remaining_ == 0 && !open_);
    text_ += std::to_string(static_cast<int>(entry.kind)) + ' ' + std::string(entry.path) + '\0' +
             std::string(entry.link_target) + '\0' + std::to_string(entry.size) + '\n';
    remaining_ = entry.size;
    open_ = true;
  }
  void on_content(std::span<const std::byte> bytes) override {
    CHECK(open_ && bytes.size() <= remaining_);
    remaining_ -= bytes.size();
  }
  void on_entry_end() override {
    CHECK(open_ && remaining_ == 0);
    open_ = false;
  }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
  std::uint64_t remaining_ = 0;
  bool open_ = false;
};

std::string read(std::span<const std::byte> bytes, std::size_t piece_bytes) {
  Recorder recorder;
  base::TarReader reader(recorder, {});
  std::string outcome = "good";
  try {
    for (; !bytes.empty(); bytes = bytes.subspan(std::min(piece_bytes, bytes.size()))) {
      reader.feed(bytes.first(std::min(piece_bytes, bytes.size())));
    }
    reader.finish();
  } catch (const base::ParseError& error) {
    outcome = error.what();
  }
  return recorder.text() + outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  const std::string whole = read(bytes, size + 1);
  CHECK(read(bytes, 1) == whole);
  CHECK(read(bytes, 700) == whole);
  return 0;
}
