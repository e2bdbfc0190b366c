#include "registry/oci_layout.h"

#include "registry/image_files.h"
#include "registry/oci_layout_store.h"

namespace registry {

OciLayoutReference parse_oci_layout_reference(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  const bool has_tag = colon != std::string_view::npos && text.find('/', colon) == std::string_view::npos;
  return {.directory = std::string(has_tag ? text.substr(0, colon) : text),
          .tag = has_tag ? std::string(text.substr(colon + 1)) : std::string()};
}

std::unique_ptr<ImageSource> make_oci_layout_source(const OciLayoutReference& reference) {
  return make_verified_source(make_oci_layout_store(make_directory_files(reference.directory), reference.tag));
}

}  // namespace registry
