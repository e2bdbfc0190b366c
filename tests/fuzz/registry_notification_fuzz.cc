// A registry's notification of any format: whatever is read from it is fit for object names and URLs, and within the
// bounds. The first byte chooses the format; an identity token is read from the same bytes.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/error.h"
#include "base/image_reference.h"
#include "net/web_token.h"
#include "operator/push_events/limits.h"
#include "operator/push_events/registry_notification.h"

namespace {

using pratique_operator::push_events::ImageEvent;
using pratique_operator::push_events::kEventsPerBodyMax;
using pratique_operator::push_events::Notification;

constexpr std::size_t kFormats = static_cast<std::size_t>(crds::EventFormat::kSigned) + 1;

void check(const ImageEvent& event) {
  CHECK(base::is_repository(event.repository));
  CHECK(event.tag.empty() || base::is_tag(event.tag));
  CHECK(!event.tag.empty() || event.digest.has_value());
}

void read(crds::EventFormat format, std::string_view body) {
  const net::Headers headers = {{"Content-Type", "application/json"}};
  try {
    const Notification notification = pratique_operator::push_events::read_notification(
        format, {.server = "registry:5000", .headers = headers, .body = body});
    CHECK(notification.images.size() <= kEventsPerBodyMax);
    for (const ImageEvent& event : notification.images) check(event);
  } catch (const base::Error& error) {
    CHECK(*error.what() != '\0');
  }
}

void read_keys(std::string_view text) {
  try {
    const net::WebKeys keys = net::WebKeys::parse(text);
    static_cast<void>(net::verify_web_token(text, keys, {}));
  } catch (const base::Error& error) {
    CHECK(*error.what() != '\0');
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
  read(static_cast<crds::EventFormat>(data[0] % kFormats), text);
  read_keys(text);
  return 0;
}
