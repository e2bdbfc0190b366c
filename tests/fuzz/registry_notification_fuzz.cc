// A registry's notification: whatever is read from it is fit for object names and URLs, and within the bounds.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/error.h"
#include "base/image_reference.h"
#include "operator/push_events/limits.h"
#include "operator/push_events/registry_notification.h"

namespace {

using pratique_operator::push_events::ImageEvent;
using pratique_operator::push_events::kEventsPerBodyMax;
using pratique_operator::push_events::Notification;

void check(const ImageEvent& event) {
  CHECK(base::is_repository(event.repository));
  CHECK(event.tag.empty() || base::is_tag(event.tag));
  CHECK(!event.tag.empty() || event.digest.has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  // The first half of the header's work: any text has a type or none.
  static_cast<void>(pratique_operator::push_events::is_notification_type(text.substr(0, text.find('\n'))));
  try {
    const Notification notification = pratique_operator::push_events::parse_distribution_notification(text);
    CHECK(notification.images.size() + notification.ignored <= kEventsPerBodyMax);
    for (const ImageEvent& event : notification.images) check(event);
  } catch (const base::Error& error) {
    CHECK(*error.what() != '\0');
  }
  return 0;
}
