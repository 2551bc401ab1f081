#pragma once

#include <cstdint>

#include "base/result.h"
#include "dataplane/kafka/handles.h"
#include "dataplane/kafka/producer_properties.h"

namespace mkb::dataplane {

// What librdkafka's producer and consumer have in common.

/// An eventfd for librdkafka to write to. Fails with KafkaConfigError::kCannotStart.
Result<int> make_event_fd();

/// A configuration with these properties, logging to ours. Fails with KafkaConfigError::kProperty, naming the
/// property.
Result<KafkaConf> make_conf(const KafkaProperties& properties);

/// Lets `queue` write to `event_fd` when it stops being empty.
void signal_through(rd_kafka_queue_t* queue, int event_fd);
/// Undoes it, before the descriptor is closed.
void stop_signals(rd_kafka_queue_t* queue);

/// Calls `use(name, value, size)` for each header of a message, in order; a null value has no address.
template <class Use>
void for_each_header(const rd_kafka_message_t* message, const Use& use) {
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return;
  }
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  for (std::size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &size) == 0; ++i) {
    use(name, static_cast<const char*>(value), size);
  }
}

}  // namespace mkb::dataplane
