#include "dataplane/admin/readiness.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mkb::dataplane {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

SessionSnapshot session(const std::string& client_id, bool ready) {
  SessionSnapshot result;
  result.client_id = client_id;
  result.ready = ready;
  result.state = ready ? "ready" : "backoff";
  return result;
}

Snapshot snapshot_of_two() {
  Snapshot snapshot;
  snapshot.kafka.reachable = true;
  snapshot.kafka.brokers = "kafka:9092";
  snapshot.sessions = {session("mkb-u-0", true), session("mkb-u-1", true)};
  return snapshot;
}

TEST(Readiness, ReadyWhenEverythingIs) {
  const Readiness verdict = readiness(snapshot_of_two());
  EXPECT_TRUE(verdict.ready);
  EXPECT_THAT(verdict.reasons, IsEmpty());
}

TEST(Readiness, ReadyWithoutASession) {
  Snapshot snapshot = snapshot_of_two();
  snapshot.sessions.clear();
  EXPECT_TRUE(readiness(snapshot).ready);
}

TEST(Readiness, PastErrorsDoNotMatter) {
  Snapshot snapshot = snapshot_of_two();
  snapshot.kafka.last_error = snapshot.sessions[0].last_error = "it was bad";
  snapshot.kafka.paused = true;
  EXPECT_TRUE(readiness(snapshot).ready);
}

TEST(Readiness, OneSessionThatIsNotReadyIsEnough) {
  Snapshot snapshot = snapshot_of_two();
  snapshot.sessions[1].ready = false;
  snapshot.sessions[1].state = "subscribing";
  const Readiness verdict = readiness(snapshot);
  EXPECT_FALSE(verdict.ready);
  EXPECT_THAT(verdict.reasons, ElementsAre("MQTT session mkb-u-1 is not ready (subscribing)"));
}

TEST(Readiness, KafkaMustBeReachable) {
  Snapshot snapshot = snapshot_of_two();
  snapshot.kafka.reachable = false;
  const Readiness verdict = readiness(snapshot);
  EXPECT_FALSE(verdict.ready);
  EXPECT_THAT(verdict.reasons, ElementsAre("Kafka is not reachable at kafka:9092"));
}

TEST(Readiness, DrainingIsNotReady) {
  Snapshot snapshot = snapshot_of_two();
  snapshot.draining = true;
  const Readiness verdict = readiness(snapshot);
  EXPECT_FALSE(verdict.ready);
  EXPECT_THAT(verdict.reasons, ElementsAre("the process is draining"));
}

TEST(Readiness, EveryReasonIsGivenWithTheLastError) {
  Snapshot snapshot = snapshot_of_two();
  snapshot.draining = true;
  snapshot.kafka.reachable = false;
  snapshot.kafka.last_error = "2/2 brokers are down";
  snapshot.sessions = {session("a", false), session("b", true), session("c", false)};
  snapshot.sessions[0].server = "mqtt:1883";
  snapshot.sessions[0].last_error = "Connection refused";
  EXPECT_THAT(readiness(snapshot).reasons,
              ElementsAre("the process is draining",
                          "Kafka is not reachable at kafka:9092; last error: 2/2 brokers are down",
                          "MQTT session a is not ready (backoff, mqtt:1883); last error: Connection refused",
                          "MQTT session c is not ready (backoff)"));
}

TEST(Readiness, ReasonsAreOneLineWhateverPeersSay) {
  Snapshot snapshot = snapshot_of_two();
  snapshot.kafka.reachable = false;
  snapshot.kafka.last_error = "first\nsecond\x1b[31m";
  snapshot.sessions = {session("evil\r\n\xff", false)};
  EXPECT_THAT(readiness(snapshot).reasons,
              ElementsAre("Kafka is not reachable at kafka:9092; last error: first second [31m",
                          "MQTT session evil  \uFFFD is not ready (backoff)"));
}

TEST(Readiness, RoutesFromKafkaNeedBothTheirSides) {
  Snapshot snapshot;
  snapshot.kafka.reachable = true;
  PublisherSnapshot& publisher = snapshot.publishers.emplace_back();
  publisher.route = "commands";
  publisher.group_id = "g";
  publisher.last_error = "MQTT: connection refused";
  EXPECT_THAT(
      readiness(snapshot).reasons,
      testing::ElementsAre("route commands: its MQTT client is not connected; last error: MQTT: "
                           "connection refused",
                           "route commands: it is not yet a member of Kafka group g; last error: MQTT: "
                           "connection refused"));
  publisher.connected = true;
  publisher.in_group = true;
  EXPECT_TRUE(readiness(snapshot).ready);
}

}  // namespace
}  // namespace mkb::dataplane
