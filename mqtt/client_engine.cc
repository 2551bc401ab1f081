#include "mqtt/client_engine.h"

#include <functional>
#include <utility>

#include "mqtt/ack.h"
#include "mqtt/connect.h"
#include "mqtt/disconnect.h"
#include "mqtt/ping.h"
#include "mqtt/reason_code.h"

namespace mkb::mqtt {
namespace {

std::uint64_t fingerprint_of(const PublishView& publish) {
  const std::hash<std::string_view> hash;
  return hash(publish.topic) * 0x9e3779b97f4a7c15u ^ hash(publish.payload);
}

std::string with_reason_string(std::string text, const Properties& properties) {
  if (const auto reason = properties.view().text(PropertyId::kReasonString)) {
    text += " (";
    text += *reason;
    text += ")";
  }
  return text;
}

std::optional<ReasonCode> goodbye_reason(const Error& error) {
  if (error.is(EngineError::kRefused) || error.is(EngineError::kDisconnected) ||
      error.is(EngineError::kSessionTakenOver)) {
    return std::nullopt;
  }
  if (error.is(EngineError::kProtocol)) {
    return ReasonCode::kProtocolError;
  }
  if (error.is(EngineError::kTopicAliasInvalid)) {
    return ReasonCode::kTopicAliasInvalid;
  }
  return error.is(EngineError::kTimeout) ? ReasonCode::kUnspecifiedError : disconnect_reason(error);
}

}  // namespace

ClientEngine::ClientEngine(EngineOptions options, EngineEvents& events)
    : options_(std::move(options)),
      events_(events),
      subscriptions_(options_.subscriptions.size(), Subscribed::kWanted) {}

Result<void> ClientEngine::open(const Credentials& credentials, TimePoint now) {
  output_.clear();
  Connect connect;
  connect.version = options_.version;
  connect.clean_start = options_.end_session;
  connect.keep_alive = static_cast<std::uint16_t>(options_.keep_alive.count());
  connect.client_id = options_.client_id;
  connect.user_name = credentials.user_name;
  connect.password = credentials.password;
  if (options_.version == Version::k5) {
    connect.properties.add(PropertyId::kSessionExpiryInterval,
                           options_.end_session ? 0 : options_.session_expiry_seconds);
    connect.properties.add(PropertyId::kReceiveMaximum, options_.receive_maximum);
    if (options_.maximum_packet_size) {
      connect.properties.add(PropertyId::kMaximumPacketSize, *options_.maximum_packet_size);
    }
    if (options_.topic_alias_maximum != 0) {
      connect.properties.add(PropertyId::kTopicAliasMaximum, options_.topic_alias_maximum);
    }
  }
  if (auto encoded = encode(connect, output_); !encoded) {
    return encoded;
  }
  state_ = State::kConnecting;
  missing_ = 2;
  aliases_.assign(options_.topic_alias_maximum + std::size_t{1}, {});
  subscriptions_.assign(subscriptions_.size(), Subscribed::kWanted);
  asked_.clear();
  for (Leaving& each : leaving_) {
    each.packet_id = 0;
  }
  granted_count_ = 0;
  announced_ready_ = false;
  keep_alive_ = options_.keep_alive;
  opened_ = last_sent_ = now;
  ping_deadline_.reset();
  subscribe_retry_.reset();
  return {};
}

bool ClientEngine::stalled() const {
  return state_ == State::kConnected && (!events_.accepting() || acks_.size() >= options_.receive_maximum);
}

Result<std::size_t> ClientEngine::receive(std::string_view bytes, TimePoint now) {
  std::size_t taken = 0;
  missing_ = 2;
  while (taken < bytes.size() && state_ != State::kClosed && !stalled()) {
    const FrameScan scan =
        next_frame(bytes.substr(taken), options_.maximum_packet_size.value_or(kMaxPacketBytes));
    if (scan.state == FrameScan::State::kNeedMore) {
      missing_ = scan.missing;
      break;
    }
    Result<void> handled =
        scan.state == FrameScan::State::kFrame ? handle(scan.frame, now) : Result<void>(scan.error());
    if (!handled) {
      return refuse(handled.error()).error();
    }
    taken += scan.frame.total_size;
  }
  return taken;
}

Result<void> ClientEngine::handle(const Frame& frame, TimePoint now) {
  if (state_ == State::kConnecting && frame.type() != PacketType::kConnack) {
    return Error(EngineError::kProtocol,
                 std::string(packet_type_name(frame.type())) + " before CONNACK [MQTT-3.2.0-1]");
  }
  switch (frame.type()) {
    case PacketType::kPublish:
      return handle_publish(frame, now);
    case PacketType::kPubrel:
      return handle_pubrel(frame);
    case PacketType::kConnack:
      return handle_connack(frame, now);
    case PacketType::kSuback:
      return handle_suback(frame);
    case PacketType::kUnsuback:
      return handle_unsuback(frame);
    case PacketType::kPingresp: {
      auto pong = decode_pingresp(frame, options_.version);
      ping_deadline_.reset();
      return pong ? Result<void>() : pong.error();
    }
    case PacketType::kDisconnect:
      return handle_disconnect(frame);
    default:
      return Error(EngineError::kProtocol, std::string("the broker sent ") + packet_type_name(frame.type()) +
                                               ", which answers nothing that this client sent");
  }
}

Result<void> ClientEngine::handle_connack(const Frame& frame, TimePoint now) {
  if (state_ != State::kConnecting) {
    return Error(EngineError::kProtocol, "a second CONNACK [MQTT-3.2.0-2]");
  }
  auto connack = decode_connack(frame, options_.version);
  if (!connack) {
    return connack.error();
  }
  if (is_failure(connack->reason)) {
    return Error(EngineError::kRefused,
                 with_reason_string(
                     std::string("the broker refused the connection: ") + reason_code_name(connack->reason),
                     connack->properties));
  }
  if (auto limits = read_limits(*connack); !limits) {
    return limits;
  }
  state_ = State::kConnected;
  ConnectedInfo info;
  info.session_present = connack->session_present;
  info.session_lost = had_session_ && !connack->session_present;
  info.identifiers_available = identifiers_available_;
  if (!connack->session_present) {
    qos2_.on_session_lost();
    leaving_.clear();
  }
  had_session_ = true;
  last_sent_ = now;
  events_.on_connected(info);
  return send_subscribes();
}

Result<void> ClientEngine::read_limits(const Connack& connack) {
  const PropertyView properties = connack.properties.view();
  if (const auto seconds = properties.integer(PropertyId::kServerKeepAlive)) {
    keep_alive_ = std::chrono::seconds(*seconds);
  }
  identifiers_available_ = options_.version == Version::k5 &&
                           properties.integer(PropertyId::kSubscriptionIdentifierAvailable).value_or(1) != 0;
  for (const auto& subscription : options_.subscriptions) {
    const bool shared = subscription.filter.starts_with("$share/");
    if (shared && properties.integer(PropertyId::kSharedSubscriptionAvailable).value_or(1) == 0) {
      return Error(EngineError::kRefused,
                   "the broker has no shared subscriptions, which '" + subscription.filter + "' needs");
    }
    if (subscription.filter.find_first_of("+#") != std::string::npos &&
        properties.integer(PropertyId::kWildcardSubscriptionAvailable).value_or(1) == 0) {
      return Error(EngineError::kRefused,
                   "the broker has no wildcard subscriptions, which '" + subscription.filter + "' needs");
    }
  }
  return {};
}

Result<void> ClientEngine::handle_publish(const Frame& frame, TimePoint now) {
  auto decoded = decode_publish(frame, options_.version, Sender::kServer);
  if (!decoded) {
    return decoded.error();
  }
  PublishView& publish = *decoded;
  if (options_.version == Version::k5) {
    if (auto resolved = resolve_alias(publish); !resolved) {
      return resolved;
    }
  }
  Ticket ticket{0, publish.packet_id, publish.qos};
  if (publish.qos == 1) {
    ticket.delivery = acks_.push(publish.packet_id, 1);
  } else if (publish.qos == 2) {
    const auto received = qos2_.on_publish(publish.packet_id, fingerprint_of(publish), publish.dup, acks_);
    if (received.verdict != Qos2Receiver::Verdict::kNew) {
      ++duplicates_suppressed_;
      if (received.verdict == Qos2Receiver::Verdict::kDelivered) {
        confirm(Ticket{received.delivery, publish.packet_id, 2});
      }
      return {};
    }
    ticket.delivery = received.delivery;
  }
  events_.on_publish(publish, ticket, now);
  return {};
}

Result<void> ClientEngine::resolve_alias(PublishView& publish) {
  if (publish.properties.empty()) {
    return {};
  }
  const auto alias = publish.properties.integer(PropertyId::kTopicAlias);
  if (!alias) {
    return {};
  }
  if (*alias > options_.topic_alias_maximum) {
    return Error(EngineError::kTopicAliasInvalid, "PUBLISH: Topic Alias " + std::to_string(*alias) +
                                                      " is above the announced maximum of " +
                                                      std::to_string(options_.topic_alias_maximum));
  }
  std::string& known = aliases_[*alias];
  if (!publish.topic.empty()) {
    known = publish.topic;
  } else if (known.empty()) {
    return Error(EngineError::kTopicAliasInvalid,
                 "PUBLISH: Topic Alias " + std::to_string(*alias) + " was never given a topic");
  } else {
    publish.topic = known;
  }
  return {};
}

void ClientEngine::confirm(const Ticket& ticket) {
  if (ticket.qos == 1) {
    acks_.complete(ticket.delivery);
  } else if (ticket.qos == 2) {
    if (const auto slot = qos2_.confirm(ticket.packet_id, ticket.delivery)) {
      acks_.complete(*slot);
    }
  }
}

void ClientEngine::write_acknowledgements() {
  if (state_ != State::kConnected) {
    return;
  }
  while (acks_.ready()) {
    const AckQueue::Entry entry = acks_.release();
    const PacketType type = entry.qos == 1 ? PacketType::kPuback : PacketType::kPubrec;
    append_ack(output_, type, entry.packet_id, ReasonCode::kSuccess, options_.version);
  }
}

Result<void> ClientEngine::handle_pubrel(const Frame& frame) {
  auto pubrel = decode_ack(frame, options_.version);
  if (!pubrel) {
    return pubrel.error();
  }
  // PUBCOMPs leave in the order of the PUBRELs [MQTT-4.6.0-4]: each is answered here and now. After a restart
  // of this process the identifier is unknown; saying so still lets the broker finish.
  if (qos2_.awaits_pubrec(pubrel->packet_id)) {
    return Error(EngineError::kProtocol, "a PUBREL for packet identifier " +
                                             std::to_string(pubrel->packet_id) +
                                             ", whose PUBREC has not been sent");
  }
  const bool known = qos2_.on_pubrel(pubrel->packet_id);
  append_ack(output_, PacketType::kPubcomp, pubrel->packet_id,
             known || options_.version == Version::k311 ? ReasonCode::kSuccess
                                                        : ReasonCode::kPacketIdentifierNotFound,
             options_.version);
  return {};
}

Result<void> ClientEngine::handle_disconnect(const Frame& frame) {
  auto packet = decode_disconnect(frame, options_.version, Sender::kServer);
  if (!packet) {
    return packet.error();
  }
  const bool taken_over = packet->reason == ReasonCode::kSessionTakenOver;
  return Error(
      taken_over ? EngineError::kSessionTakenOver : EngineError::kDisconnected,
      with_reason_string(std::string("the broker ended the connection: ") + reason_code_name(packet->reason) +
                             (taken_over ? "; another client uses the client id " + options_.client_id : ""),
                         packet->properties));
}

Result<void> ClientEngine::refuse(Error error) {
  // The broker is told why, unless it is the one that ended the connection.
  const auto reason = goodbye_reason(error);
  if (reason && state_ == State::kConnected && options_.version == Version::k5) {
    Disconnect packet;
    packet.reason = *reason;
    if (auto encoded = encode(packet, options_.version, Sender::kClient, output_); !encoded) {
      error = encoded.error();
    }
  }
  state_ = State::kClosed;
  return error;
}

void ClientEngine::disconnect() {
  if (state_ == State::kConnected) {
    const auto encoded = encode(Disconnect{}, options_.version, Sender::kClient, output_);
    static_cast<void>(encoded.ok());  // a DISCONNECT without properties always encodes
  }
  state_ = State::kClosed;
}

void ClientEngine::on_transport_lost() {
  state_ = State::kClosed;
  acks_.clear();
  qos2_.on_disconnect();
}

}  // namespace mkb::mqtt
