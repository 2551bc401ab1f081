#include "e2e/lab/kafka_handle.h"

#include <array>

#include "e2e/lab/lab_error.h"

namespace mkb::lab {

KafkaHandle make_kafka_handle(rd_kafka_type_t type, const std::map<std::string, std::string>& properties,
                              const std::function<void(rd_kafka_conf_t*)>& prepare) {
  std::array<char, 256> error{};
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  for (const auto& [name, value] : properties) {
    if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), error.data(), error.size()) !=
        RD_KAFKA_CONF_OK) {
      rd_kafka_conf_destroy(conf);
      throw LabError(error.data());
    }
  }
  // Servers that are down on purpose are no news here.
  rd_kafka_conf_set_log_cb(conf, nullptr);
  if (prepare) prepare(conf);
  KafkaHandle handle(rd_kafka_new(type, conf, error.data(), error.size()));
  if (!handle) throw LabError(error.data());
  return handle;
}

}  // namespace mkb::lab
