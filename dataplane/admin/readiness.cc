#include "dataplane/admin/readiness.h"

#include "dataplane/admin/clean_text.h"

namespace mkb::dataplane {
namespace {

std::string with_last_error(std::string sentence, const std::string& last_error) {
  if (!last_error.empty()) {
    sentence += "; last error: " + last_error;
  }
  return one_line(sentence);
}

std::string not_subscribed(const SessionSnapshot& session) {
  std::string sentence = "MQTT session " + session.client_id + " is not ready (" + session.state;
  if (!session.server.empty()) {
    sentence += ", " + session.server;
  }
  return with_last_error(sentence + ")", session.last_error);
}

std::string not_publishing(const PublisherSnapshot& publisher, const char* what) {
  return with_last_error("route " + publisher.route + ": " + what, publisher.last_error);
}

}  // namespace

Readiness readiness(const Snapshot& snapshot) {
  Readiness result;
  if (snapshot.draining) {
    result.reasons.emplace_back("the process is draining");
  }
  if (!snapshot.kafka.reachable) {
    result.reasons.push_back(
        with_last_error("Kafka is not reachable at " + snapshot.kafka.brokers, snapshot.kafka.last_error));
  }
  for (const SessionSnapshot& session : snapshot.sessions) {
    if (!session.ready) {
      result.reasons.push_back(not_subscribed(session));
    }
  }
  for (const PublisherSnapshot& publisher : snapshot.publishers) {
    if (!publisher.connected) {
      result.reasons.push_back(not_publishing(publisher, "its MQTT client is not connected"));
    }
    if (!publisher.in_group) {
      result.reasons.push_back(
          not_publishing(publisher, ("it is not yet a member of Kafka group " + publisher.group_id).c_str()));
    }
  }
  result.ready = result.reasons.empty();
  return result;
}

}  // namespace mkb::dataplane
