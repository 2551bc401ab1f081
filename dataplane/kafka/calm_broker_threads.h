#pragma once

#include <librdkafka/rdkafka.h>

#include <cstdint>

namespace mkb::dataplane {

/// Keeps the broker threads of a librdkafka client from spinning; call it before rd_kafka_new(). Measured
/// with librdkafka 2.0.2, and later versions have the same code: while a batch of an idempotent producer is
/// in flight and the next one has waited for linger.ms, the thread wants to send it, may not before the first
/// is answered, and asks poll(2) with a timeout of 0 until then. That is a whole core whenever Kafka answers
/// later than linger.ms: 2,000 messages/s, answers after 10 ms: 97 % of a core, and 9 % with this.
///
/// How: programs that link this have a poll() of their own, which librdkafka's calls are bound to. It is
/// poll(2), but for broker threads that look again and again without waiting and see nothing: those wait for
/// up to a millisecond, or until there is something. Does nothing in builds with sanitizers, which have their
/// own poll().
void calm_broker_threads(rd_kafka_conf_t* conf);

/// Calls of poll() with a timeout of 0 that did not wait, in this process so far.
std::uint64_t immediate_polls();

}  // namespace mkb::dataplane
