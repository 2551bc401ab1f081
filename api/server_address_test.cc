#include "api/server_address.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace mkb::api {
namespace {

struct Parsed {
  bool tls;
  std::string host;
  int port;

  bool operator==(const Parsed&) const = default;
};

Parsed parsed(const std::string& url) {
  MqttServer server;
  const auto fault = parse_mqtt_server(url, server);
  EXPECT_FALSE(fault.has_value()) << url << ": " << (fault ? fault->what : "");
  return {server.tls, server.host, server.port};
}

std::string text(const std::optional<AddressFault>& fault) {
  return fault ? fault->what + "; " + fault->hint : "";
}

TEST(ServerAddress, SchemesAndPorts) {
  EXPECT_EQ(parsed("mqtt://broker"), (Parsed{false, "broker", 1883}));
  EXPECT_EQ(parsed("tcp://broker"), (Parsed{false, "broker", 1883}));
  EXPECT_EQ(parsed("mqtts://broker"), (Parsed{true, "broker", 8883}));
  EXPECT_EQ(parsed("ssl://broker"), (Parsed{true, "broker", 8883}));
  EXPECT_EQ(parsed("MQTT://Broker:1"), (Parsed{false, "Broker", 1}));
  EXPECT_EQ(parsed("mqtts://10.0.0.1:65535"), (Parsed{true, "10.0.0.1", 65535}));
  EXPECT_EQ(parsed("mqtt://my_broker.svc.cluster.local."),
            (Parsed{false, "my_broker.svc.cluster.local.", 1883}));
}

TEST(ServerAddress, Ipv6StandsInBrackets) {
  EXPECT_EQ(parsed("mqtt://[::1]"), (Parsed{false, "::1", 1883}));
  EXPECT_EQ(parsed("mqtts://[2001:db8::7]:1884"), (Parsed{true, "2001:db8::7", 1884}));
}

TEST(ServerAddress, Faults) {
  const std::string form = "write mqtt://host:port, or mqtts://host:port for TLS";
  const std::string port = "write a number from 1 to 65535";
  const std::string name = "write a DNS name or an IP address";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "\"\" has no scheme; " + form},
      {"broker:1883", "\"broker:1883\" has no scheme; " + form},
      {"user:secret@broker", "no scheme; " + form},
      {"://broker", "unknown scheme \"\"; known: mqtt, mqtts, tcp, ssl"},
      {"mqt://broker", "unknown scheme \"mqt\"; did you mean \"mqtt\"?"},
      {"http://broker", "unknown scheme \"http\"; known: mqtt, mqtts, tcp, ssl"},
      {"ws://broker", "WebSocket (ws://) is known but not built in this version; use mqtt:// or mqtts://"},
      {"WSS://u:p@broker",
       "WebSocket (wss://) is known but not built in this version; use mqtt:// or mqtts://"},
      {"mqtt://user:secret@broker", "user info in the address; put it in a Secret and use auth.secretRef"},
      {"mqtt://broker/path", "something after the host and port; " + form},
      {"mqtt://broker/", "something after the host and port; " + form},
      {"mqtt://broker?x=1", "something after the host and port; " + form},
      {"mqtt://", "no host; " + form},
      {"mqtt://:1883", "no host; " + form},
      {"mqtt://bro ker", "\"bro ker\" is no host name; " + name},
      {"mqtt://-broker", "\"-broker\" is no host name; " + name},
      {"mqtt://a..b", "\"a..b\" is no host name; " + name},
      {"mqtt://" + std::string(64, 'a'), "\"" + std::string(64, 'a') + "\" is no host name; " + name},
      {"mqtt://broker:", "\"\" is no port; " + port},
      {"mqtt://broker:0", "\"0\" is no port; " + port},
      {"mqtt://broker:65536", "\"65536\" is no port; " + port},
      {"mqtt://broker:1883x", "\"1883x\" is no port; " + port},
      {"mqtt://broker:-1", "\"-1\" is no port; " + port},
      {"mqtt://a:1:2", "\"1:2\" is no port; " + port},
      {"mqtt://::1", "an IPv6 address without brackets; write [::1]"},
      {"mqtt://[::1", "no IPv6 address in brackets; write it as in [2001:db8::1]"},
      {"mqtt://[broker]:1", "no IPv6 address in brackets; write it as in [2001:db8::1]"},
      {"mqtt://[]", "no IPv6 address in brackets; write it as in [2001:db8::1]"},
      {"mqtt://[::1]1883", "unexpected \"1883\" after the host; " + form},
      {"mqtt://[::1]:", "\"\" is no port; " + port},
  };
  for (const auto& [url, message] : cases) {
    MqttServer server;
    EXPECT_EQ(text(parse_mqtt_server(url, server)), message) << url;
  }
}

TEST(ServerAddress, BootstrapServers) {
  for (const char* good : {"k:9092", "kafka-1.example.com:1", "127.0.0.1:65535", "[::1]:9092"}) {
    EXPECT_EQ(text(check_bootstrap_server(good)), "") << good;
  }
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "no host; write host:port"},
      {"kafka", "\"kafka\" has no port; write host:port"},
      {"[::1]", "\"[::1]\" has no port; write host:port"},
      {"a:1,b:2", "several servers in one text; make each an item of the list"},
      {"SASL_SSL://k:1", "a scheme; write host:port; kafka.tls and kafka.sasl choose the protocol"},
      {"u:p@k:1", "user info in the address; put it in a Secret and use kafka.sasl.secretRef"},
      {"k:port", "\"port\" is no port; write a number from 1 to 65535"},
      {"k k:1", "\"k k\" is no host name; write a DNS name or an IP address"},
  };
  for (const auto& [address, message] : cases)
    EXPECT_EQ(text(check_bootstrap_server(address)), message) << address;
}

TEST(ServerAddress, NeverRepeatsAPassword) {
  MqttServer server;
  for (const std::string url :
       {"mqtt://u:hunter2@h", "u:hunter2@h", "ws://u:hunter2@h", "mqtt://u:hunter2@h/x"}) {
    const auto fault = parse_mqtt_server(url, server);
    ASSERT_TRUE(fault.has_value());
    EXPECT_EQ(text(fault).find("hunter2"), std::string::npos) << url;
    EXPECT_EQ(text(check_bootstrap_server(url)).find("hunter2"), std::string::npos) << url;
  }
}

}  // namespace
}  // namespace mkb::api
