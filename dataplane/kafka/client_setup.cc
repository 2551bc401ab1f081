#include "dataplane/kafka/client_setup.h"

#include <sys/eventfd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>

#include "base/log.h"
#include "dataplane/kafka/calm_broker_threads.h"

namespace mkb::dataplane {
namespace {

void log_line(const rd_kafka_t*, int level, const char* facility, const char* text) {
  // Broker connections come and go by themselves; what matters of it is reported as a state change.
  const auto severity = level <= 3 ? spdlog::level::debug : spdlog::level::trace;
  spdlog::log(severity, "librdkafka {}: {}", facility, text);
}

}  // namespace

Result<int> make_event_fd() {
  const int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (fd < 0) {
    return Error(KafkaConfigError::kCannotStart, std::string("eventfd: ") + std::strerror(errno));
  }
  return fd;
}

Result<KafkaConf> make_conf(const KafkaProperties& properties) {
  std::array<char, 512> reason{};
  KafkaConf conf(rd_kafka_conf_new());
  for (const auto& [name, value] : properties) {
    if (rd_kafka_conf_set(conf.get(), name.c_str(), value.c_str(), reason.data(), reason.size()) !=
        RD_KAFKA_CONF_OK) {
      return Error(KafkaConfigError::kProperty, "spec.kafka.properties: " + std::string(reason.data()));
    }
  }
  rd_kafka_conf_set_log_cb(conf.get(), log_line);
  calm_broker_threads(conf.get());
  return conf;
}

void signal_through(rd_kafka_queue_t* queue, int event_fd) {
  const std::uint64_t one = 1;
  rd_kafka_queue_io_event_enable(queue, event_fd, &one, sizeof one);
}

void stop_signals(rd_kafka_queue_t* queue) {
  rd_kafka_queue_io_event_enable(queue, -1, nullptr, 0);
}

}  // namespace mkb::dataplane
