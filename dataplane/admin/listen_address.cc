#include "dataplane/admin/listen_address.h"

#include <boost/asio/ip/address.hpp>
#include <charconv>
#include <optional>
#include <string>

#include "dataplane/admin/clean_text.h"

namespace mkb::dataplane {
namespace {

Error bad_address(std::string_view text, const std::string& problem) {
  return {AdminError::kBadAddress, "\"" + one_line(text) + "\": " + problem};
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return port;
}

// The alphabet comes first because the parser behind the library stops at a NUL, and resolves the name of the
// interface in fe80::1%eth0.
bool is_ip_address(std::string_view host, bool v6) {
  if (host.find_first_not_of("0123456789abcdefABCDEF.:") != std::string_view::npos) {
    return false;
  }
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(std::string(host), error);
  return !error && address.is_v6() == v6;
}

}  // namespace

Result<ListenAddress> parse_listen_address(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) {
    return bad_address(text, "no port; write ADDRESS:PORT, as 127.0.0.1:9464 or :9464");
  }
  const auto port = parse_port(text.substr(colon + 1));
  if (!port) {
    return bad_address(text, "the port is not a number from 0 to 65535");
  }
  const std::string_view host = text.substr(0, colon);
  if (host.empty()) {
    return ListenAddress{"", *port};
  }
  if (host == "localhost") {
    return ListenAddress{"127.0.0.1", *port};
  }
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    const std::string_view inside = host.substr(1, host.size() - 2);
    if (!is_ip_address(inside, true)) {
      return bad_address(text, "what stands in brackets is not an IPv6 address");
    }
    return ListenAddress{std::string(inside), *port};
  }
  if (host.find(':') != std::string_view::npos) {
    return bad_address(text, "not an IP address; an IPv6 address needs brackets, as [::1]:9464");
  }
  if (!is_ip_address(host, false)) {
    return bad_address(text, "not an IP address; host names other than localhost are not looked up");
  }
  return ListenAddress{std::string(host), *port};
}

}  // namespace mkb::dataplane
