#include "api/mqtt_section.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "api/sample_bridge.h"

namespace mkb::api {
namespace {

using std::chrono::seconds;

MqttSpec mqtt(std::string_view lines) {
  return spec_of(bridge_with_mqtt(lines)).mqtt;
}

TEST(MqttSection, Defaults) {
  const MqttSpec spec = mqtt("");
  ASSERT_EQ(spec.servers.size(), 1u);
  EXPECT_FALSE(spec.servers[0].tls);
  EXPECT_EQ(spec.servers[0].host, "h");
  EXPECT_EQ(spec.servers[0].port, 1883);
  EXPECT_EQ(spec.version, MqttVersion::k5);
  EXPECT_EQ(spec.client_id_prefix, "mkb");
  EXPECT_EQ(spec.keep_alive, seconds{30});
  EXPECT_EQ(spec.session_expiry, seconds{3600});
  EXPECT_EQ(spec.receive_maximum, 1000);
  EXPECT_FALSE(spec.maximum_packet_size.has_value());
  EXPECT_EQ(spec.topic_alias_maximum, 64);
  EXPECT_FALSE(spec.auth_secret.has_value());
  EXPECT_FALSE(spec.tls.ca_secret.has_value());
  EXPECT_FALSE(spec.tls.cert_secret.has_value());
  EXPECT_EQ(spec.tls.server_name, "");
}

TEST(MqttSection, EveryField) {
  const MqttSpec spec = mqtt(
      "servers: [mqtts://one, 'tcp://two:1']\n"
      "version: 5\n"
      "clientIdPrefix: Fleet_1-a\n"
      "keepAlive: 1m30s\n"
      "sessionExpiry: 2h\n"
      "receiveMaximum: 65535\n"
      "maximumPacketSize: 1Mi\n"
      "topicAliasMaximum: 0\n"
      "auth: {secretRef: {name: login}}\n"
      "tls: {caSecretRef: {name: ca.x}, certSecretRef: {name: cert}, serverName: mqtt.example}");
  ASSERT_EQ(spec.servers.size(), 2u);
  EXPECT_TRUE(spec.servers[0].tls);
  EXPECT_EQ(spec.servers[0].port, 8883);
  EXPECT_EQ(spec.servers[1].host, "two");
  EXPECT_EQ(spec.servers[1].port, 1);
  EXPECT_EQ(spec.client_id_prefix, "Fleet_1-a");
  EXPECT_EQ(spec.keep_alive, seconds{90});
  EXPECT_EQ(spec.session_expiry, seconds{7200});
  EXPECT_EQ(spec.receive_maximum, 65535);
  EXPECT_EQ(spec.maximum_packet_size, 1048576u);
  EXPECT_EQ(spec.topic_alias_maximum, 0);
  EXPECT_EQ(spec.auth_secret->name, "login");
  EXPECT_EQ(spec.tls.ca_secret->name, "ca.x");
  EXPECT_EQ(spec.tls.cert_secret->name, "cert");
  EXPECT_EQ(spec.tls.server_name, "mqtt.example");
}

TEST(MqttSection, BoundsAreIncluded) {
  EXPECT_EQ(mqtt("keepAlive: 0").keep_alive, seconds{0});
  EXPECT_EQ(mqtt("keepAlive: 0s").keep_alive, seconds{0});
  EXPECT_EQ(mqtt("keepAlive: 5s").keep_alive, seconds{5});
  EXPECT_EQ(mqtt("keepAlive: 18h12m15s").keep_alive, seconds{65535});
  EXPECT_EQ(mqtt("sessionExpiry: 1s").session_expiry, seconds{1});
  EXPECT_EQ(mqtt("sessionExpiry: 4294967295s").session_expiry, seconds{4294967295});
  EXPECT_EQ(mqtt("sessionExpiry: never").session_expiry, seconds{4294967295});
  EXPECT_EQ(mqtt("receiveMaximum: 1").receive_maximum, 1);
  EXPECT_EQ(mqtt("topicAliasMaximum: 65535").topic_alias_maximum, 65535);
  EXPECT_EQ(mqtt("maximumPacketSize: 1024").maximum_packet_size, 1024u);
  EXPECT_EQ(mqtt("maximumPacketSize: 268435460").maximum_packet_size, 268435460u);
  EXPECT_EQ(mqtt("clientIdPrefix: a").client_id_prefix, "a");
  EXPECT_EQ(mqtt("clientIdPrefix: " + std::string(32, 'a')).client_id_prefix, std::string(32, 'a'));
}

TEST(MqttSection, Versions) {
  for (const char* five : {"5", "\"5\"", "5.0", "'5.0'"}) {
    EXPECT_EQ(mqtt("version: " + std::string(five)).version, MqttVersion::k5) << five;
  }
  EXPECT_EQ(mqtt("version: 3.1.1").version, MqttVersion::k311);
  EXPECT_EQ(mqtt("version: \"3.1.1\"").version, MqttVersion::k311);
}

TEST(MqttSection, Problems) {
  const std::string secret_form = "write {name: NAME}, the name of a Secret";
  const std::string packet = "write a number of bytes from 1024 to 268435460, or a quantity such as 1Mi";
  const std::string prefix = "write 1 to 32 of a-z, A-Z, 0-9, - and _";
  const std::string keep_alive = "write a duration such as 30s, or 0 for none";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"servers: []", "7:14: spec.mqtt.servers: is empty; give at least one server"},
      {"servers: mqtt://h", "7:14: spec.mqtt.servers: is a single value; write a list of servers"},
      {"servers:", "7:5: spec.mqtt.servers: has no value; give it one, or leave the field out"},
      {"servers: [5]",
       "7:15: spec.mqtt.servers[0]: \"5\" is a number to YAML; put it in quotes to make it a text"},
      {"servers:\n- {host: h}", "8:7: spec.mqtt.servers[0]: is a mapping; write a text"},
      {"servers:\n- mqtt://h\n-\n- mqtt://g", "9:5: spec.mqtt.servers[1]: has no value; write a text"},
      {"servers: [mqtt://h, 'ws://g/mqtt']",
       "7:25: spec.mqtt.servers[1]: WebSocket (ws://) is known but not built in this version; use mqtt:// or "
       "mqtts://"},
      {"version: 4", "7:14: spec.mqtt.version: unknown version \"4\"; write 5 or 3.1.1"},
      {"version: 3.1", "7:14: spec.mqtt.version: unknown version \"3.1\"; write 5 or 3.1.1"},
      {"version: [5]", "7:14: spec.mqtt.version: is a list; write a text or a number"},
      {"clientIdPrefix: a b", "7:21: spec.mqtt.clientIdPrefix: \"a b\" is no client id prefix; " + prefix},
      {"clientIdPrefix: ''", "7:21: spec.mqtt.clientIdPrefix: \"\" is no client id prefix; " + prefix},
      {"clientIdPrefix: " + std::string(33, 'a'),
       "7:21: spec.mqtt.clientIdPrefix: \"" + std::string(33, 'a') + "\" is no client id prefix; " + prefix},
      {"keepAlive: 30", "7:16: spec.mqtt.keepAlive: \"30\" is no duration; " + keep_alive},
      {"keepAlive: soon", "7:16: spec.mqtt.keepAlive: \"soon\" is no duration; " + keep_alive},
      {"keepAlive: -5s", "7:16: spec.mqtt.keepAlive: \"-5s\" is no duration; " + keep_alive},
      {"keepAlive: 5500ms", "7:16: spec.mqtt.keepAlive: \"5500ms\" is not in whole seconds; " + keep_alive},
      {"keepAlive: 4s",
       "7:16: spec.mqtt.keepAlive: 4s is out of range; write 0 for none, or 5s to 18h12m15s"},
      {"keepAlive: 65536s",
       "7:16: spec.mqtt.keepAlive: 18h12m16s is out of range; write 0 for none, or 5s to 18h12m15s"},
      {"sessionExpiry: 0s",
       "7:20: spec.mqtt.sessionExpiry: the session would end with its connection, and what came meanwhile "
       "would be "
       "lost; write a duration such as 1h, or never"},
      {"sessionExpiry: 4294967296s",
       "7:20: spec.mqtt.sessionExpiry: 1193046h28m16s is out of range; at most 4294967295s; write never for "
       "sessions without end"},
      {"sessionExpiry: 99999999999h",
       "7:20: spec.mqtt.sessionExpiry: \"99999999999h\" is no duration; write a duration such as 1h, or "
       "never"},
      {"sessionExpiry: {}", "7:20: spec.mqtt.sessionExpiry: is a mapping; write a text or a number"},
      {"receiveMaximum: 0",
       "7:21: spec.mqtt.receiveMaximum: \"0\" is out of range; write a whole number from 1 to 65535"},
      {"receiveMaximum: 65536",
       "7:21: spec.mqtt.receiveMaximum: \"65536\" is out of range; write a whole number from 1 to 65535"},
      {"receiveMaximum: many",
       "7:21: spec.mqtt.receiveMaximum: \"many\" is no whole number; write a whole number from 1 to 65535"},
      {"receiveMaximum: '100'", "7:21: spec.mqtt.receiveMaximum: is a text; write the number without quotes"},
      {"receiveMaximum: 1.5",
       "7:21: spec.mqtt.receiveMaximum: \"1.5\" is no whole number; write a whole number from 1 to 65535"},
      {"receiveMaximum: 0100",
       "7:21: spec.mqtt.receiveMaximum: \"0100\" is no whole number; write a whole number from 1 to 65535"},
      {"receiveMaximum: 99999999999999999999",
       "7:21: spec.mqtt.receiveMaximum: \"99999999999999999999\" is out of range; write a whole number from "
       "1 to "
       "65535"},
      {"topicAliasMaximum: -1",
       "7:24: spec.mqtt.topicAliasMaximum: \"-1\" is out of range; write a whole number from 0 to 65535"},
      {"topicAliasMaximum: 65536",
       "7:24: spec.mqtt.topicAliasMaximum: \"65536\" is out of range; write a whole number from 0 to 65535"},
      {"maximumPacketSize: 1023", "7:24: spec.mqtt.maximumPacketSize: \"1023\" is out of range; " + packet},
      {"maximumPacketSize: 1Gi", "7:24: spec.mqtt.maximumPacketSize: \"1Gi\" is out of range; " + packet},
      {"maximumPacketSize: big",
       "7:24: spec.mqtt.maximumPacketSize: \"big\" is no number of bytes; " + packet},
      {"version: 3.1.1\nmaximumPacketSize: 1Mi",
       "8:24: spec.mqtt.maximumPacketSize: MQTT 3.1.1 cannot announce a maximum packet size; leave it out, "
       "or use "
       "version 5"},
      {"auth: {}",
       "7:5: spec.mqtt.auth.secretRef: is missing; write secretRef: {name: NAME}; the Secret has the keys "
       "username "
       "and password"},
      {"auth: {secretRef: login}", "7:23: spec.mqtt.auth.secretRef: is a single value; " + secret_form},
      {"auth: {secretRef: {}}", "7:12: spec.mqtt.auth.secretRef.name: is missing; " + secret_form},
      {"auth: {secretRef: {name: ../x}}",
       "7:30: spec.mqtt.auth.secretRef.name: \"../x\" is no name of a Secret; use a-z, 0-9, - and . only, as "
       "Kubernetes does"},
      {"auth: {secretRef: {name: x, key: y}}",
       "7:33: spec.mqtt.auth.secretRef.key: unknown field; known: name"},
      {"auth: {username: joe, secretRef: {name: x}}",
       "7:12: spec.mqtt.auth.username: unknown field; known: secretRef"},
      {"tls: {}", "7:5: spec.mqtt.tls: no server uses TLS; write mqtts:// in servers, or leave tls out"},
      {"tls: true\nservers: [mqtts://h]", "7:10: spec.mqtt.tls: is a single value; write a mapping"},
      {"servers: [mqtts://h]\ntls: {serverName: 'a b'}",
       "8:23: spec.mqtt.tls.serverName: \"a b\" is no host name; write the name in the server's certificate"},
      {"servers: [mqtts://h]\ntls: {serverName: ''}",
       "8:23: spec.mqtt.tls.serverName: is empty; write a text"},
      {"servers: [mqtts://h]\ntls: {caSecretRef: ca}",
       "8:24: spec.mqtt.tls.caSecretRef: is a single value; " + secret_form},
      {"servers: [mqtts://h]\ntls: {certSecretRef: []}",
       "8:26: spec.mqtt.tls.certSecretRef: is a list; write a mapping"},
      {"servers: [mqtts://h]\ntls: {caSecret: {name: ca}}",
       "8:11: spec.mqtt.tls.caSecret: unknown field; did you mean \"caSecretRef\"?"},
      {"server: [mqtt://h]", "7:5: spec.mqtt.server: unknown field; did you mean \"servers\"?"},
      {"retain: true",
       "7:5: spec.mqtt.retain: unknown field; known: servers, version, clientIdPrefix, keepAlive, "
       "sessionExpiry, "
       "receiveMaximum, maximumPacketSize, topicAliasMaximum, auth, tls"},
  };
  for (const auto& [lines, message] : cases) {
    EXPECT_EQ(problems_of(bridge_with_mqtt(lines)), "f:" + message + "\n") << lines;
  }
}

TEST(MqttSection, WarnsOfWhatVersion311Lacks) {
  EXPECT_EQ(warnings_of(bridge_with_mqtt("version: 3.1.1\nsessionExpiry: 1h\ntopicAliasMaximum: 3")),
            "f:8:20: warning: spec.mqtt.sessionExpiry: has no effect with MQTT 3.1.1\n"
            "f:9:24: warning: spec.mqtt.topicAliasMaximum: has no effect with MQTT 3.1.1\n");
  EXPECT_EQ(warnings_of(bridge_with_mqtt("sessionExpiry: 1h\ntopicAliasMaximum: 3")), "");
}

TEST(MqttSection, TlsWithoutSettingsIsFine) {
  const MqttSpec spec = mqtt("servers: [ssl://h, mqtt://h]");
  EXPECT_TRUE(spec.servers[0].tls);
  EXPECT_FALSE(spec.servers[1].tls);
  EXPECT_TRUE(mqtt("servers: [mqtts://h]\ntls: {}").servers[0].tls);
}

}  // namespace
}  // namespace mkb::api
