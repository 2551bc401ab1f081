#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "mqtt/packet.h"
#include "mqtt/topic_filter.h"

namespace mkb::dataplane {

/// An MQTT 5 broker as far as sessions go, for many clients on loopback: persistent sessions with queues,
/// redelivery, takeover (0x8E), Clean Start and expiry 0. Everything is QoS 1.
class SessionBroker {
 public:
  struct Session {
    std::map<std::string, std::uint32_t> filters;  ///< to subscription identifiers
    std::deque<std::pair<std::uint16_t, mqtt::Publish>> unacknowledged;
    std::deque<mqtt::Publish> queued;
    std::uint16_t next_id = 1;
    int connects = 0;
    int takeovers = 0;
    bool ends_with_connection = false;
  };

  explicit SessionBroker(boost::asio::io_context& io)
      : acceptor_(io, {boost::asio::ip::address_v4::loopback(), 0}) {
    accept();
  }
  ~SessionBroker() {
    for (const auto& each : clients_) {
      close(*each);
    }
  }

  [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  [[nodiscard]] bool connected(const std::string& id) const { return find(id) != nullptr; }
  [[nodiscard]] bool exists(const std::string& id) const { return sessions.count(id) != 0; }

  void publish(const std::string& topic, const std::string& payload) {
    for (auto& [id, session] : sessions) {
      for (const auto& [filter, identifier] : session.filters) {
        if (!mqtt::matches(filter, topic)) {
          continue;
        }
        mqtt::Publish packet;
        packet.topic = topic;
        packet.payload = payload;
        packet.qos = 1;
        packet.properties.add(mqtt::PropertyId::kSubscriptionIdentifier, identifier);
        session.queued.push_back(std::move(packet));
      }
      push(id, session);
    }
  }
  /// Drops the connection without a word.
  void cut(const std::string& id) {
    if (Client* client = find(id)) {
      close(*client);
    }
  }

  std::map<std::string, Session> sessions;
  std::vector<std::string> unsubscribed;
  int accepted = 0;     ///< TCP connections
  int disconnects = 0;  ///< DISCONNECT packets
  bool refuse = false;  ///< every CONNECT
  bool hold_acks = false;

 private:
  struct Client {
    explicit Client(boost::asio::ip::tcp::socket accepted) : socket(std::move(accepted)) {}
    boost::asio::ip::tcp::socket socket;
    std::array<char, 65536> buffer{};
    std::string pending;
    std::string id;
  };

  void accept() {
    acceptor_.async_accept([this](const boost::system::error_code& ec, boost::asio::ip::tcp::socket socket) {
      if (ec) {
        return;
      }
      ++accepted;
      clients_.push_back(std::make_shared<Client>(std::move(socket)));
      read(clients_.back());
      accept();
    });
  }
  void read(const std::shared_ptr<Client>& client) {
    client->socket.async_read_some(
        boost::asio::buffer(client->buffer),
        [this, client](const boost::system::error_code& ec, std::size_t n) {
          if (ec || !client->socket.is_open()) {
            if (ec != boost::asio::error::operation_aborted) {
              gone(*client);
            }
            return;
          }
          client->pending.append(client->buffer.data(), n);
          while (client->socket.is_open()) {
            const auto scan = mqtt::next_frame(client->pending, mqtt::kMaxPacketBytes);
            if (scan.state != mqtt::FrameScan::State::kFrame) {
              break;
            }
            const auto packet = mqtt::decode_packet(scan.frame, mqtt::Version::k5, mqtt::Sender::kClient);
            ASSERT_TRUE(packet.ok()) << packet.error().message();
            answer(*client, *packet);
            client->pending.erase(0, scan.frame.total_size);
          }
          if (client->socket.is_open()) {
            read(client);
          }
        });
  }
  void answer(Client& client, const mqtt::Packet& packet) {
    if (const auto* connect = std::get_if<mqtt::Connect>(&packet)) {
      on_connect(client, *connect);
    } else if (const auto* subscribe = std::get_if<mqtt::Subscribe>(&packet)) {
      mqtt::Suback suback;
      suback.packet_id = subscribe->packet_id;
      const auto identifier =
          subscribe->properties.view().integer(mqtt::PropertyId::kSubscriptionIdentifier).value_or(0);
      for (const auto& each : subscribe->subscriptions) {
        sessions[client.id].filters[each.filter] = identifier;
        suback.reasons.push_back(static_cast<mqtt::ReasonCode>(each.qos));
      }
      send(client, suback);
    } else if (const auto* unsubscribe = std::get_if<mqtt::Unsubscribe>(&packet)) {
      mqtt::Unsuback unsuback;
      unsuback.packet_id = unsubscribe->packet_id;
      for (const std::string& filter : unsubscribe->filters) {
        sessions[client.id].filters.erase(filter);
        unsubscribed.push_back(filter);
        unsuback.reasons.push_back(mqtt::ReasonCode::kSuccess);
      }
      send(client, unsuback);
    } else if (const auto* ack = std::get_if<mqtt::Ack>(&packet)) {
      auto& open = sessions[client.id].unacknowledged;
      open.erase(std::remove_if(open.begin(), open.end(),
                                [ack](const auto& each) { return each.first == ack->packet_id; }),
                 open.end());
    } else if (std::holds_alternative<mqtt::Disconnect>(packet)) {
      ++disconnects;
      gone(client);
    }
  }
  void on_connect(Client& client, const mqtt::Connect& connect) {
    mqtt::Connack connack;
    if (refuse) {
      connack.reason = mqtt::ReasonCode::kServerUnavailable;
      send(client, connack);
      return;
    }
    if (Client* old = find(connect.client_id)) {
      mqtt::Disconnect goodbye;
      goodbye.reason = mqtt::ReasonCode::kSessionTakenOver;
      send(*old, goodbye);
      close(*old);
      ++sessions[connect.client_id].takeovers;
    }
    client.id = connect.client_id;
    if (connect.clean_start) {
      sessions.erase(client.id);
    }
    connack.session_present = exists(client.id);
    Session& session = sessions[client.id];
    ++session.connects;
    session.ends_with_connection =
        connect.properties.view().integer(mqtt::PropertyId::kSessionExpiryInterval).value_or(0) == 0;
    send(client, connack);
    for (auto& [id, packet] : session.unacknowledged) {
      packet.dup = true;
      send(client, packet);
    }
    push(client.id, session);
  }
  void push(const std::string& id, Session& session) {
    Client* client = find(id);
    while (client != nullptr && !session.queued.empty()) {
      mqtt::Publish packet = std::move(session.queued.front());
      session.queued.pop_front();
      packet.packet_id = session.next_id++;
      session.unacknowledged.emplace_back(packet.packet_id, packet);
      send(*client, packet);
    }
  }
  void send(Client& client, const mqtt::Packet& packet) {
    std::string bytes;
    ASSERT_TRUE(mqtt::encode_packet(packet, mqtt::Version::k5, mqtt::Sender::kServer, bytes).ok());
    boost::system::error_code ec;
    boost::asio::write(client.socket, boost::asio::buffer(bytes), ec);
  }
  void gone(Client& client) {
    const std::string id = client.id;
    close(client);
    const auto session = sessions.find(id);
    if (session != sessions.end() && session->second.ends_with_connection && !id.empty()) {
      sessions.erase(session);
    }
  }
  static void close(Client& client) {
    boost::system::error_code ignored;
    client.socket.close(ignored);
    client.id.clear();
  }
  [[nodiscard]] Client* find(const std::string& id) const {
    for (const auto& each : clients_) {
      if (each->socket.is_open() && !id.empty() && each->id == id) {
        return each.get();
      }
    }
    return nullptr;
  }

  boost::asio::ip::tcp::acceptor acceptor_;
  std::vector<std::shared_ptr<Client>> clients_;
};

}  // namespace mkb::dataplane
