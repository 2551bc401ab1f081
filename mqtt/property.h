#pragma once

#include <cstdint>
#include <iterator>
#include <optional>
#include <string_view>

namespace mkb::mqtt {

class WireReader;
enum class PropertyContext : std::uint8_t;

/// MQTT 5 property identifiers (2.2.2.2).
enum class PropertyId : std::uint8_t {
  kPayloadFormatIndicator = 0x01,
  kMessageExpiryInterval = 0x02,  ///< seconds
  kContentType = 0x03,
  kResponseTopic = 0x08,
  kCorrelationData = 0x09,  ///< binary
  kSubscriptionIdentifier = 0x0b,
  kSessionExpiryInterval = 0x11,  ///< seconds; 0xffffffff: never
  kAssignedClientIdentifier = 0x12,
  kServerKeepAlive = 0x13,  ///< seconds
  kAuthenticationMethod = 0x15,
  kAuthenticationData = 0x16,  ///< binary
  kRequestProblemInformation = 0x17,
  kWillDelayInterval = 0x18,  ///< seconds
  kRequestResponseInformation = 0x19,
  kResponseInformation = 0x1a,
  kServerReference = 0x1c,
  kReasonString = 0x1f,
  kReceiveMaximum = 0x21,
  kTopicAliasMaximum = 0x22,
  kTopicAlias = 0x23,
  kMaximumQos = 0x24,
  kRetainAvailable = 0x25,
  kUserProperty = 0x26,       ///< name and value
  kMaximumPacketSize = 0x27,  ///< bytes
  kWildcardSubscriptionAvailable = 0x28,
  kSubscriptionIdentifierAvailable = 0x29,
  kSharedSubscriptionAvailable = 0x2a,
};

/// The specification's name, e.g. "Topic Alias"; "unknown property" for any other value.
const char* property_name(PropertyId id);

/// One property. Which of the values is set follows from the identifier.
struct Property {
  PropertyId id{};
  std::uint32_t integer = 0;  ///< of every numeric property, whatever its width
  std::string_view text;      ///< string or binary data; the name of a User Property
  std::string_view value;     ///< the value of a User Property
};

/// Validated properties as a view over their bytes; decoding happens while iterating, without allocation:
/// `for (const Property& p : view) ...`. Valid as long as the bytes are: the read buffer for a decoded
/// packet, the Properties object for Properties::view().
class PropertyView {
 public:
  class Iterator {
   public:
    Iterator() = default;
    explicit Iterator(std::string_view rest) : rest_(rest) { advance(); }
    const Property& operator*() const { return current_; }
    const Property* operator->() const { return &current_; }
    Iterator& operator++() {
      advance();
      return *this;
    }
    friend bool operator==(const Iterator& it, std::default_sentinel_t) { return it.done_; }
    friend bool operator!=(const Iterator& it, std::default_sentinel_t) { return !it.done_; }

   private:
    void advance();

    Property current_;
    std::string_view rest_;
    bool done_ = false;
  };

  PropertyView() = default;

  [[nodiscard]] Iterator begin() const { return Iterator(bytes_); }
  [[nodiscard]] std::default_sentinel_t end() const { return {}; }
  [[nodiscard]] bool empty() const { return bytes_.empty(); }
  /// The encoded properties without their length prefix.
  [[nodiscard]] std::string_view bytes() const { return bytes_; }

  /// The first numeric property with this identifier.
  [[nodiscard]] std::optional<std::uint32_t> integer(PropertyId id) const;
  /// The first string or binary property with this identifier.
  [[nodiscard]] std::optional<std::string_view> text(PropertyId id) const;
  /// The value of the first User Property with this name.
  [[nodiscard]] std::optional<std::string_view> user_property(std::string_view name) const;

 private:
  friend class Properties;
  friend PropertyView read_properties(WireReader& in, PropertyContext context);
  explicit PropertyView(std::string_view validated) : bytes_(validated) {}

  std::string_view bytes_;
};

}  // namespace mkb::mqtt
