// A reference that is accepted has one normal form, which means the same image.
#include <cstddef>
#include <cstdint>

#include "base/error.h"
#include "base/image_reference.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    const base::ImageReference reference = base::parse_image_reference(text);
    CHECK(!reference.host.empty() && !reference.repository.empty());
    CHECK(!reference.tag.empty() || reference.digest);
    CHECK(base::parse_image_reference(reference.text()) == reference);
    // Nothing of the text is lost or invented: a digest that is written is the one that counts.
    const std::size_t at = text.find('@');
    CHECK(reference.digest.has_value() == (at != std::string_view::npos));
    CHECK(!reference.digest || reference.digest->text() == text.substr(at + 1));
    for (const char c : reference.text()) CHECK(c > ' ' && c <= '~');
  } catch (const base::ParseError&) {
    return 0;
  }
  return 0;
}
