#include "dataplane/kafka/record_producer.h"

namespace mkb::dataplane {

std::size_t OwnedRecord::bytes() const {
  std::size_t sum = value.size() + (key ? key->size() : 0);
  for (const auto& [name, content] : headers) {
    sum += name.size() + content.size();
  }
  return sum;
}

}  // namespace mkb::dataplane
