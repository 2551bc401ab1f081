#pragma once

#include <librdkafka/rdkafka.h>

#include <functional>
#include <map>
#include <memory>
#include <string>

namespace mkb::lab {

/// Owns any librdkafka object by its destroy function.
template <auto Destroy>
struct KafkaDelete {
  template <class T>
  void operator()(T* object) const {
    Destroy(object);
  }
};
using KafkaHandle = std::unique_ptr<rd_kafka_t, KafkaDelete<rd_kafka_destroy>>;

/// A client with these librdkafka properties, silent on standard error; throws LabError when refused.
/// `prepare` may set callbacks.
KafkaHandle make_kafka_handle(rd_kafka_type_t type, const std::map<std::string, std::string>& properties,
                              const std::function<void(rd_kafka_conf_t*)>& prepare = {});

}  // namespace mkb::lab
