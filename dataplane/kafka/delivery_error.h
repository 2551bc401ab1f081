#pragma once

#include <librdkafka/rdkafka.h>

#include "dataplane/kafka/record_producer.h"

namespace mkb::dataplane {

/// What a delivery report's error means for the record. Pure. Anything not known to be permanent is retried:
/// a duplicate can be told by its key, a lost record cannot.
DeliveryFailure classify_delivery_error(rd_kafka_resp_err_t error, const std::string& topic);

}  // namespace mkb::dataplane
