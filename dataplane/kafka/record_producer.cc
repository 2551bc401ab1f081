#include "dataplane/kafka/record_producer.h"

namespace mkb::dataplane {

std::size_t OwnedRecord::bytes() const {
  std::size_t sum = value.size() + (key ? key->size() : 0);
  for (const auto& [name, content] : headers) {
    sum += name.size() + content.size();
  }
  return sum;
}

OwnedRecord own(const OutgoingRecord& record) {
  OwnedRecord owned;
  if (record.key) {
    owned.key.emplace(*record.key);
  }
  owned.value.assign(record.value);
  if (record.headers != nullptr) {
    for (std::size_t i = 0; i < record.headers->size(); ++i) {
      const RecordHeader header = (*record.headers)[i];
      owned.headers.emplace_back(header.name, header.value);
    }
  }
  return owned;
}

OutgoingRecord view(const OwnedRecord& record, RecordHeaders& headers) {
  headers.clear();
  for (const auto& [name, value] : record.headers) {
    headers.add(name, value);
  }
  OutgoingRecord outgoing;
  if (record.key) {
    outgoing.key = *record.key;
  }
  outgoing.value = record.value;
  outgoing.headers = &headers;
  return outgoing;
}

}  // namespace mkb::dataplane
