#include "admission/written_image.h"

#include "base/error.h"

namespace admission {

WrittenImage read_written_image(std::string_view text) {
  try {
    return {.reference = base::parse_image_reference(text), .error = {}};
  } catch (const base::ParseError& error) {
    return {.reference = std::nullopt, .error = error.what()};
  }
}

}  // namespace admission
