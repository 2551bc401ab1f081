#include "dataplane/kafka/consumed_record.h"

namespace mkb::dataplane {

std::optional<std::string_view> ConsumedRecord::header(std::string_view name) const {
  for (auto entry = headers.rbegin(); entry != headers.rend(); ++entry) {
    if (entry->first == name) {
      return entry->second;
    }
  }
  return std::nullopt;
}

std::size_t ConsumedRecord::bytes() const {
  std::size_t sum = key.value_or("").size() + value.value_or("").size();
  for (const auto& [name, content] : headers) {
    sum += name.size() + content.size();
  }
  return sum;
}

}  // namespace mkb::dataplane
