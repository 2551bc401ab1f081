#include "dataplane/route/message_context.h"

namespace mkb::dataplane {

void MessageContext::reset(const mqtt::PublishView& publish, std::string_view client_id) {
  publish_ = publish;
  client_id_ = client_id;
  split_ = false;
  json_.reset(publish.payload);
}

std::optional<std::string_view> MessageContext::topic_level(std::size_t index) {
  if (!split_) {
    split_ = true;
    levels_.clear();
    std::string_view rest = publish_.topic;
    for (;;) {
      const std::size_t slash = rest.find('/');
      levels_.push_back(rest.substr(0, slash));
      if (slash == std::string_view::npos) {
        break;
      }
      rest.remove_prefix(slash + 1);
    }
  }
  return index < levels_.size() ? std::optional(levels_[index]) : std::nullopt;
}

}  // namespace mkb::dataplane
