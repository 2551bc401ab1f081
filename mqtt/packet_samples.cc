#include "mqtt/packet_samples.h"

#include "mqtt/hex_bytes.h"

namespace mkb::mqtt {
namespace {

using Id = PropertyId;

using enum Sender;

void add_session_packets(std::vector<PacketSample>& samples) {
  Connect connect;
  connect.version = Version::k311;
  connect.client_id = "";
  samples.push_back({"connect_311_least",
                     Version::k311,
                     kClient,
                     hex_bytes("10 0c 00 04 'MQTT' 04 02 00 00 00 00"),
                     connect,
                     {}});

  // The variable header is that of figure 3.6 of 3.1.1.
  connect.keep_alive = 10;
  connect.client_id = "c1";
  connect.will = Will{"w/t", "bye", 1, false, {}};
  connect.user_name = "u";
  connect.password = "p";
  samples.push_back({"connect_311",
                     Version::k311,
                     kClient,
                     hex_bytes("10 1e 00 04 'MQTT' 04 ce 00 0a 00 02 'c1' 00 03 'w/t' 00 03 'bye'"
                               "00 01 'u' 00 01 'p'"),
                     connect,
                     {}});

  connect = {};
  connect.keep_alive = 60;
  connect.client_id = "c";
  samples.push_back({"connect_5_least",
                     Version::k5,
                     kClient,
                     hex_bytes("10 0e 00 04 'MQTT' 05 02 00 3c 00 00 01 'c'"),
                     connect,
                     {}});

  connect.clean_start = false;
  connect.will = Will{"w/t", std::string("\0\xff", 2), 2, true, {}};
  connect.will->properties.add(Id::kWillDelayInterval, 5).add(Id::kContentType, "text");
  connect.user_name = "";
  connect.password = std::string("\0", 1);
  connect.properties.add(Id::kSessionExpiryInterval, 3600)
      .add(Id::kReceiveMaximum, 1000)
      .add(Id::kTopicAliasMaximum, 64)
      .add_user_property("k", "v");
  samples.push_back(
      {"connect_5",
       Version::k5,
       kClient,
       hex_bytes("10 3b 00 04 'MQTT' 05 f4 00 3c 12 11 00 00 0e 10 21 03 e8 22 00 40 26 00 01 'k'"
                 "00 01 'v' 00 01 'c' 0c 18 00 00 00 05 03 00 04 'text' 00 03 'w/t' 00 02 00 ff"
                 "00 00 00 01 00"),
       connect,
       {}});

  Connack connack;
  samples.push_back({"connack_311", Version::k311, kServer, hex_bytes("20 02 00 00"), connack, {}});
  connack.session_present = true;
  samples.push_back({"connack_311_session", Version::k311, kServer, hex_bytes("20 02 01 00"), connack, {}});
  samples.push_back({"connack_311_refused",
                     Version::k311,
                     kServer,
                     hex_bytes("20 02 00 05"),
                     Connack{false, ReasonCode::kNotAuthorized, {}},
                     {}});
  connack.properties.add(Id::kReceiveMaximum, 20)
      .add(Id::kMaximumQos, 1)
      .add(Id::kAssignedClientIdentifier, "x")
      .add(Id::kServerKeepAlive, 30)
      .add(Id::kMaximumPacketSize, 65536);
  samples.push_back({"connack_5",
                     Version::k5,
                     kServer,
                     hex_bytes("20 14 01 00 11 21 00 14 24 01 12 00 01 'x' 13 00 1e 27 00 01 00 00"),
                     connack,
                     {}});
  Connack refused{false, ReasonCode::kServerMoved, {}};
  refused.properties.add(Id::kServerReference, "b:1883").add(Id::kReasonString, "moved");
  samples.push_back({"connack_5_refused",
                     Version::k5,
                     kServer,
                     hex_bytes("20 14 00 9d 11 1c 00 06 'b:1883' 1f 00 05 'moved'"),
                     refused,
                     {}});

  samples.push_back({"pingreq_311", Version::k311, kClient, hex_bytes("c0 00"), Pingreq{}, {}});
  samples.push_back({"pingresp_5", Version::k5, kServer, hex_bytes("d0 00"), Pingresp{}, {}});
  samples.push_back({"disconnect_311", Version::k311, kClient, hex_bytes("e0 00"), Disconnect{}, {}});
  samples.push_back({"disconnect_5_least", Version::k5, kClient, hex_bytes("e0 00"), Disconnect{}, {}});
  samples.push_back({"disconnect_5_reason",
                     Version::k5,
                     kServer,
                     hex_bytes("e0 01 8e"),
                     Disconnect{ReasonCode::kSessionTakenOver, {}},
                     {0}});
  Disconnect disconnect{ReasonCode::kDisconnectWithWill, {}};
  disconnect.properties.add(Id::kSessionExpiryInterval, 0);
  samples.push_back(
      {"disconnect_5", Version::k5, kClient, hex_bytes("e0 07 04 05 11 00 00 00 00"), disconnect, {0, 1}});

  samples.push_back({"auth_least", Version::k5, kServer, hex_bytes("f0 00"), Auth{}, {}});
  Auth auth{ReasonCode::kContinueAuthentication, {}};
  auth.properties.add(Id::kAuthenticationMethod, "SCRAM").add(Id::kAuthenticationData, "n,,");
  samples.push_back(
      {"auth", Version::k5, kClient, hex_bytes("f0 10 18 0e 15 00 05 'SCRAM' 16 00 03 'n,,'"), auth, {}});
}

void add_message_packets(std::vector<PacketSample>& samples) {
  Publish publish;
  publish.topic = "t";
  samples.push_back({"publish_311_least", Version::k311, kServer, hex_bytes("30 03 00 01 't'"), publish, {}});
  // The variable header is that of figure 3.11 of 3.1.1.
  publish.topic = "a/b";
  publish.packet_id = 10;
  publish.qos = 1;
  publish.payload = "hi";
  samples.push_back(
      {"publish_311", Version::k311, kServer, hex_bytes("32 09 00 03 'a/b' 00 0a 'hi'"), publish, {7, 8}});
  publish.qos = 2;
  publish.dup = true;
  publish.retain = true;
  publish.topic = "A\xf0\xaa\x9b\x94";  // the string of figure 1.1 in both versions
  samples.push_back({"publish_311_qos2",
                     Version::k311,
                     kClient,
                     hex_bytes("3d 0b 00 05 41 f0 aa 9b 94 00 0a 'hi'"),
                     publish,
                     {9, 10}});
  samples.push_back({"publish_5_qos2",
                     Version::k5,
                     kClient,
                     hex_bytes("3d 0c 00 05 41 f0 aa 9b 94 00 0a 00 'hi'"),
                     publish,
                     {10, 11}});
  Publish rich;
  rich.topic = "v/1";
  rich.payload = "{}";
  rich.packet_id = 0xfffe;
  rich.qos = 1;
  rich.properties.add(Id::kPayloadFormatIndicator, 1)
      .add(Id::kMessageExpiryInterval, 90)
      .add(Id::kContentType, "json")
      .add(Id::kResponseTopic, "r")
      .add(Id::kCorrelationData, std::string_view("\0\x01", 2))
      .add(Id::kSubscriptionIdentifier, 1)
      .add(Id::kSubscriptionIdentifier, 268435455)
      .add_user_property("a", "b")
      .add_user_property("a", "")
      .add(Id::kTopicAlias, 7);
  samples.push_back({"publish_5",
                     Version::k5,
                     kServer,
                     hex_bytes("32 38 00 03 'v/1' ff fe 2e 01 01 02 00 00 00 5a 03 00 04 'json' 08 00 01 'r'"
                               "09 00 02 00 01 0b 01 0b ff ff ff 7f 26 00 01 'a' 00 01 'b' 26 00 01 'a' 00 00"
                               "23 00 07 '{}'"),
                     rich,
                     {54, 55}});
  Publish aliased;
  aliased.properties.add(Id::kTopicAlias, 7);
  aliased.payload = "x";
  samples.push_back(
      {"publish_5_alias", Version::k5, kServer, hex_bytes("30 07 00 00 03 23 00 07 'x'"), aliased, {6}});

  samples.push_back({"puback_311",
                     Version::k311,
                     kServer,
                     hex_bytes("40 02 00 0a"),
                     Ack{PacketType::kPuback, 10, {}, {}},
                     {}});
  samples.push_back({"pubrec_311",
                     Version::k311,
                     kServer,
                     hex_bytes("50 02 00 0a"),
                     Ack{PacketType::kPubrec, 10, {}, {}},
                     {}});
  samples.push_back({"pubrel_311",
                     Version::k311,
                     kClient,
                     hex_bytes("62 02 00 0a"),
                     Ack{PacketType::kPubrel, 10, {}, {}},
                     {}});
  samples.push_back({"pubcomp_311",
                     Version::k311,
                     kServer,
                     hex_bytes("70 02 ff ff"),
                     Ack{PacketType::kPubcomp, 0xffff, {}, {}},
                     {}});
  samples.push_back({"puback_5_reason",
                     Version::k5,
                     kServer,
                     hex_bytes("40 03 00 0a 10"),
                     Ack{PacketType::kPuback, 10, ReasonCode::kNoMatchingSubscribers, {}},
                     {2}});
  Ack pubrec{PacketType::kPubrec, 10, ReasonCode::kQuotaExceeded, {}};
  pubrec.properties.add(Id::kReasonString, "full");
  samples.push_back(
      {"pubrec_5", Version::k5, kServer, hex_bytes("50 0b 00 0a 97 07 1f 00 04 'full'"), pubrec, {2, 3}});
  samples.push_back({"pubrel_5_reason",
                     Version::k5,
                     kClient,
                     hex_bytes("62 03 00 0a 92"),
                     Ack{PacketType::kPubrel, 10, ReasonCode::kPacketIdentifierNotFound, {}},
                     {2}});
  samples.push_back({"pubcomp_5",
                     Version::k5,
                     kServer,
                     hex_bytes("70 02 00 0a"),
                     Ack{PacketType::kPubcomp, 10, {}, {}},
                     {}});
}

void add_subscription_packets(std::vector<PacketSample>& samples) {
  // The payloads are those of figures 3.23 and 3.30 of 3.1.1.
  Subscribe subscribe;
  subscribe.packet_id = 10;
  subscribe.subscriptions = {{"a/b", 1, false, false, {}}, {"c/d", 2, false, false, {}}};
  samples.push_back({"subscribe_311",
                     Version::k311,
                     kClient,
                     hex_bytes("82 0e 00 0a 00 03 'a/b' 01 00 03 'c/d' 02"),
                     subscribe,
                     {8}});
  subscribe.subscriptions = {{"$share/g/a/+", 1, false, true, RetainHandling::kDoNotSend},
                             {"#", 0, true, false, RetainHandling::kSendIfNew}};
  subscribe.properties.add(Id::kSubscriptionIdentifier, 300);
  samples.push_back({"subscribe_5",
                     Version::k5,
                     kClient,
                     hex_bytes("82 19 00 0a 03 0b ac 02 00 0c '$share/g/a/+' 29 00 01 '#' 14"),
                     subscribe,
                     {21}});

  Suback suback;
  suback.packet_id = 10;
  suback.reasons = {ReasonCode::kGrantedQos0, ReasonCode::kGrantedQos2, ReasonCode::kUnspecifiedError};
  samples.push_back(
      {"suback_311", Version::k311, kServer, hex_bytes("90 05 00 0a 00 02 80"), suback, {3, 4}});
  suback.reasons = {ReasonCode::kGrantedQos1, ReasonCode::kNotAuthorized};
  suback.properties.add(Id::kReasonString, "no");
  samples.push_back(
      {"suback_5", Version::k5, kServer, hex_bytes("90 0a 00 0a 05 1f 00 02 'no' 01 87"), suback, {9}});

  Unsubscribe unsubscribe;
  unsubscribe.packet_id = 10;
  unsubscribe.filters = {"a/b", "c/d"};
  samples.push_back({"unsubscribe_311",
                     Version::k311,
                     kClient,
                     hex_bytes("a2 0c 00 0a 00 03 'a/b' 00 03 'c/d'"),
                     unsubscribe,
                     {7}});
  unsubscribe.properties.add_user_property("k", "v");
  samples.push_back({"unsubscribe_5",
                     Version::k5,
                     kClient,
                     hex_bytes("a2 14 00 0a 07 26 00 01 'k' 00 01 'v' 00 03 'a/b' 00 03 'c/d'"),
                     unsubscribe,
                     {15}});

  Unsuback unsuback;
  unsuback.packet_id = 10;
  samples.push_back({"unsuback_311", Version::k311, kServer, hex_bytes("b0 02 00 0a"), unsuback, {}});
  unsuback.reasons = {ReasonCode::kSuccess, ReasonCode::kNoSubscriptionExisted};
  samples.push_back({"unsuback_5", Version::k5, kServer, hex_bytes("b0 05 00 0a 00 00 11"), unsuback, {4}});
}

}  // namespace

std::vector<PacketSample> packet_samples() {
  std::vector<PacketSample> samples;
  add_session_packets(samples);
  add_message_packets(samples);
  add_subscription_packets(samples);
  return samples;
}

}  // namespace mkb::mqtt
