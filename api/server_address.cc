#include "api/server_address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "api/nearest_name.h"
#include "api/quote.h"

namespace mkb::api {
namespace {

constexpr std::array<std::string_view, 4> kSchemes = {"mqtt", "mqtts", "tcp", "ssl"};
constexpr std::array<std::string_view, 2> kWebSocketSchemes = {"ws", "wss"};
constexpr const char* kServerForm = "write mqtt://host:port, or mqtts://host:port for TLS";
constexpr const char* kBootstrapForm = "write host:port";

template <std::size_t n>
bool one_of(const std::array<std::string_view, n>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

bool is_ipv6(std::string_view text) {
  in6_addr address{};
  return ::inet_pton(AF_INET6, std::string(text).c_str(), &address) == 1 &&
         text.find('\0') == std::string_view::npos;
}

// A DNS name or IPv4 address; underscores, which container networks allow, too.
bool is_host(std::string_view text) {
  if (text.empty() || text.size() > 253) return false;
  while (true) {
    const std::size_t dot = text.find('.');
    const std::string_view label = text.substr(0, dot);
    const bool characters = std::all_of(label.begin(), label.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
             c == '_';
    });
    if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-' || !characters) {
      return false;
    }
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
    if (text.empty()) return true;  // a name that ends in a dot is absolute
  }
}

struct HostPort {
  std::string_view host;
  std::optional<std::uint16_t> port;
};

std::optional<AddressFault> split_host_port(std::string_view text, const char* form, HostPort& out) {
  std::string_view port;
  bool has_port = false;
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos || !is_ipv6(text.substr(1, close - 1))) {
      return AddressFault{"no IPv6 address in brackets", "write it as in [2001:db8::1]"};
    }
    out.host = text.substr(1, close - 1);
    const std::string_view rest = text.substr(close + 1);
    has_port = rest.starts_with(':');
    if (!has_port && !rest.empty())
      return AddressFault{"unexpected " + in_quotes(rest) + " after the host", form};
    if (has_port) port = rest.substr(1);
  } else {
    if (std::count(text.begin(), text.end(), ':') > 1 && is_ipv6(text)) {
      return AddressFault{"an IPv6 address without brackets", "write [" + std::string(text) + "]"};
    }
    const std::size_t colon = text.find(':');
    has_port = colon != std::string_view::npos;
    out.host = text.substr(0, colon);
    if (has_port) port = text.substr(colon + 1);
    if (out.host.empty()) return AddressFault{"no host", form};
    if (!is_host(out.host)) {
      return AddressFault{in_quotes(out.host) + " is no host name", "write a DNS name or an IP address"};
    }
  }
  if (!has_port) return std::nullopt;
  std::uint16_t number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (port.empty() || error != std::errc() || end != port.data() + port.size() || number == 0) {
    return AddressFault{in_quotes(port) + " is no port", "write a number from 1 to 65535"};
  }
  out.port = number;
  return std::nullopt;
}

}  // namespace

std::optional<AddressFault> parse_mqtt_server(std::string_view url, MqttServer& server) {
  const std::size_t separator = url.find("://");
  if (separator == std::string_view::npos) {
    if (url.find('@') != std::string_view::npos) return AddressFault{"no scheme", kServerForm};
    return AddressFault{in_quotes(url) + " has no scheme", kServerForm};
  }
  const std::string scheme = lower(url.substr(0, separator));
  if (one_of(kWebSocketSchemes, scheme)) {
    return AddressFault{"WebSocket (" + scheme + "://) is known but not built in this version",
                        "use mqtt:// or mqtts://"};
  }
  if (!one_of(kSchemes, scheme)) {
    return AddressFault{"unknown scheme " + in_quotes(scheme), suggest_name(scheme, kSchemes)};
  }
  const std::string_view authority = url.substr(separator + 3);
  if (authority.find('@') != std::string_view::npos) {
    return AddressFault{"user info in the address", "put it in a Secret and use auth.secretRef"};
  }
  if (authority.find_first_of("/?#") != std::string_view::npos) {
    return AddressFault{"something after the host and port", kServerForm};
  }
  HostPort split;
  if (auto fault = split_host_port(authority, kServerForm, split)) return fault;
  server.tls = scheme == "mqtts" || scheme == "ssl";
  server.host = split.host;
  server.port = split.port.value_or(server.tls ? 8883 : 1883);
  return std::nullopt;
}

std::optional<AddressFault> check_bootstrap_server(std::string_view text) {
  if (text.find('@') != std::string_view::npos) {
    return AddressFault{"user info in the address", "put it in a Secret and use kafka.sasl.secretRef"};
  }
  if (text.find(',') != std::string_view::npos) {
    return AddressFault{"several servers in one text", "make each an item of the list"};
  }
  if (text.find("://") != std::string_view::npos) {
    return AddressFault{"a scheme", "write host:port; kafka.tls and kafka.sasl choose the protocol"};
  }
  HostPort split;
  if (auto fault = split_host_port(text, kBootstrapForm, split)) return fault;
  if (!split.port) return AddressFault{in_quotes(text) + " has no port", kBootstrapForm};
  return std::nullopt;
}

}  // namespace mkb::api
