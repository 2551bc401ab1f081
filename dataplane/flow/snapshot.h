#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "dataplane/flow/drop_reason.h"
#include "dataplane/flow/latency_histogram.h"

namespace mkb::dataplane {

/// One route's counts. At every snapshot received = delivered + filtered + dead_lettered + sum(dropped) +
/// in_flight, where in_flight is counted on its own from live records.
struct RouteSnapshot {
  std::string name;
  std::string direction = "mqtt_to_kafka";
  std::vector<std::string> filters;
  std::string target;  ///< the Kafka topic template
  std::uint64_t received = 0;
  std::uint64_t delivered = 0;
  std::uint64_t filtered = 0;
  std::uint64_t dead_lettered = 0;
  std::array<std::uint64_t, kDropReasons> dropped{};
  std::uint64_t in_flight = 0;
  std::uint64_t blocked = 0;  ///< of in_flight: records held because they can never be delivered
  std::uint64_t parked = 0;   ///< of in_flight: records waiting to be tried again
  std::uint64_t retries = 0;
  std::uint64_t received_bytes = 0;  ///< MQTT payload bytes
  std::string last_error;            ///< empty: none yet
  std::int64_t last_error_unix_ms = 0;
  LatencyHistogram latency;      ///< MQTT received, or Kafka's timestamp -> acknowledged by the other side
  std::uint64_t partitions = 0;  ///< Kafka to MQTT: assigned to this process
  std::uint64_t lag = 0;         ///< Kafka to MQTT: records of those partitions not yet committed
};

/// One MQTT session (a shard with filters).
struct SessionSnapshot {
  int shard = 0;
  std::string client_id;
  std::string server;  ///< host:port of the current or last connection
  std::string state;   ///< "connecting", "subscribing", "ready", "backoff", "draining", "closed"
  bool ready = false;  ///< every filter subscribed at the wanted QoS
  std::size_t filters = 0;
  std::uint64_t in_flight = 0;  ///< received QoS 1 and 2 messages whose acknowledgement is withheld
  std::uint64_t connects = 0;
  std::uint64_t sessions_lost = 0;          ///< Session Present 0 where 1 was expected
  std::uint64_t duplicates_suppressed = 0;  ///< QoS 2 redeliveries recognised by packet identifier
  std::uint64_t unrouted = 0;  ///< messages that match no route (a stale subscription), acknowledged
  /// By kind: disconnected, network, protocol, refused, secret, session_lost, subscribe, taken_over, timeout,
  /// tls.
  std::map<std::string, std::uint64_t> errors;
  std::string last_error;
  std::int64_t last_error_unix_ms = 0;
};

/// What publishes the records of one Kafka to MQTT route.
struct PublisherSnapshot {
  std::string route;
  std::string client_id;
  std::string server;      ///< of the current or last connection
  bool connected = false;  ///< to the MQTT broker
  bool in_group = false;   ///< the Kafka consumer group has told its partitions
  std::string group_id;
  std::uint64_t connects = 0;
  std::string last_error;  ///< of either connection
  std::int64_t last_error_unix_ms = 0;
};

struct KafkaSnapshot {
  bool reachable = false;
  std::string brokers;  ///< bootstrap servers
  std::string last_error;
  std::int64_t last_error_unix_ms = 0;
  std::uint64_t queue_messages = 0;  ///< in librdkafka's producer queues
  bool paused = false;               ///< reading from MQTT is paused because a memory bound is reached
  std::uint64_t pauses = 0;
  std::uint64_t producer_restarts = 0;          ///< after a fatal producer error
  std::map<std::string, std::uint64_t> errors;  ///< by librdkafka error name
};

/// Everything the process knows of itself at one instant, taken on the I/O thread between two events.
struct Snapshot {
  std::string bridge;  ///< namespace/name
  std::string version;
  std::int64_t unix_ms = 0;
  double uptime_seconds = 0;
  bool draining = false;
  std::vector<RouteSnapshot> routes;
  std::vector<SessionSnapshot> sessions;
  std::vector<PublisherSnapshot> publishers;
  KafkaSnapshot kafka;
};

}  // namespace mkb::dataplane
