#include "mqtt/property.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "mqtt/hex_bytes.h"
#include "mqtt/properties.h"
#include "mqtt/property_codec.h"

namespace mkb::mqtt {
namespace {

using Id = PropertyId;
using Context = PropertyContext;

const std::string kContextLetters = "CcPpWASsUuDdX";  // in the order of PropertyContext

/// Table 2-4 of MQTT 5: name, a valid encoding, and the contexts by letter: C CONNECT, c CONNACK, P PUBLISH
/// of a client, p of a server, W will, A acknowledgements, S SUBSCRIBE, s SUBACK, U UNSUBSCRIBE, u UNSUBACK,
/// D DISCONNECT of a client, d of a server, X AUTH.
struct TableRow {
  const char* name;
  const char* encoding;
  const char* contexts;
};
const std::map<int, TableRow> kTable = {
    {0x01, {"Payload Format Indicator", "01 01", "PpW"}},
    {0x02, {"Message Expiry Interval", "02 00 00 00 00", "PpW"}},
    {0x03, {"Content Type", "03 00 01 'x'", "PpW"}},
    {0x08, {"Response Topic", "08 00 01 'x'", "PpW"}},
    {0x09, {"Correlation Data", "09 00 01 ff", "PpW"}},
    {0x0b, {"Subscription Identifier", "0b 01", "pS"}},
    {0x11, {"Session Expiry Interval", "11 ff ff ff ff", "CcD"}},
    {0x12, {"Assigned Client Identifier", "12 00 01 'x'", "c"}},
    {0x13, {"Server Keep Alive", "13 00 00", "c"}},
    {0x15, {"Authentication Method", "15 00 01 'x'", "CcX"}},
    {0x16, {"Authentication Data", "16 00 01 ff", "CcX"}},
    {0x17, {"Request Problem Information", "17 00", "C"}},
    {0x18, {"Will Delay Interval", "18 00 00 00 00", "W"}},
    {0x19, {"Request Response Information", "19 01", "C"}},
    {0x1a, {"Response Information", "1a 00 01 'x'", "c"}},
    {0x1c, {"Server Reference", "1c 00 01 'x'", "cd"}},
    {0x1f, {"Reason String", "1f 00 01 'x'", "cAsuDdX"}},
    {0x21, {"Receive Maximum", "21 00 01", "Cc"}},
    {0x22, {"Topic Alias Maximum", "22 00 00", "Cc"}},
    {0x23, {"Topic Alias", "23 00 01", "Pp"}},
    {0x24, {"Maximum QoS", "24 01", "c"}},
    {0x25, {"Retain Available", "25 00", "c"}},
    {0x26, {"User Property", "26 00 01 'x' 00 00", "CcPpWASsUuDdX"}},
    {0x27, {"Maximum Packet Size", "27 00 00 00 01", "Cc"}},
    {0x28, {"Wildcard Subscription Available", "28 00", "c"}},
    {0x29, {"Subscription Identifier Available", "29 00", "c"}},
    {0x2a, {"Shared Subscription Available", "2a 00", "c"}},
};

/// The failure as its message without the packet's name, "" when valid.
std::string problem(const std::string& bytes, Context context) {
  CodecFailure failure;
  check_properties(bytes, context, failure);
  return failure.failed() ? failure.error(PacketType::kPublish).message().substr(9) : "";
}

bool is_protocol_error(const std::string& bytes, Context context) {
  CodecFailure failure;
  check_properties(bytes, context, failure);
  return failure.failed() && failure.error(PacketType::kPublish).is(CodecError::kProtocol);
}

TEST(PropertyTable, EachIdentifierIsAllowedWhereTheSpecificationSays) {
  for (int id = 0; id <= 0xff; ++id) {
    const auto row = kTable.find(id);
    if (row == kTable.end()) {
      const std::string unknown(1, static_cast<char>(id));
      EXPECT_EQ(problem(unknown, Context::kConnack),
                "property identifier is unknown (found " + std::to_string(id) + ")");
      EXPECT_STREQ(property_name(static_cast<Id>(id)), "unknown property");
      continue;
    }
    EXPECT_STREQ(property_name(static_cast<Id>(id)), row->second.name);
    // Authentication Data needs its method beside it.
    const std::string companion = id == 0x16 ? hex_bytes("15 00 01 'm'") : "";
    for (std::size_t i = 0; i < kContextLetters.size(); ++i) {
      const bool allowed =
          std::string_view(row->second.contexts).find(kContextLetters[i]) != std::string_view::npos;
      const std::string found =
          problem((allowed ? companion : "") + hex_bytes(row->second.encoding), static_cast<Context>(i));
      EXPECT_EQ(found, allowed ? "" : std::string(row->second.name) + " is not allowed here")
          << kContextLetters[i];
    }
  }
}

TEST(PropertyTable, OnlyUserPropertyAndAServersSubscriptionIdentifierRepeat) {
  for (const auto& [id, row] : kTable) {
    for (std::size_t i = 0; i < kContextLetters.size(); ++i) {
      const std::string once = hex_bytes(row.encoding);
      if (std::string_view(row.contexts).find(kContextLetters[i]) == std::string_view::npos) {
        continue;
      }
      const bool repeats = id == 0x26 || (id == 0x0b && kContextLetters[i] == 'p');
      EXPECT_EQ(problem(once + once, static_cast<Context>(i)),
                repeats ? "" : std::string(row.name) + " appears more than once");
    }
  }
}

TEST(PropertyTable, CutShortIsMalformedAtEveryOffset) {
  for (const auto& [id, row] : kTable) {
    const std::string whole = hex_bytes(row.encoding);
    const auto context = static_cast<Context>(kContextLetters.find(row.contexts[0]));
    for (std::size_t size = 1; size < whole.size(); ++size) {
      EXPECT_EQ(problem(whole.substr(0, size), context), std::string(row.name) + " is cut short");
    }
  }
}

TEST(PropertyValue, OutOfRangeIsAProtocolError) {
  const std::vector<std::pair<const char*, Context>> zeros = {{"0b 00", Context::kSubscribe},
                                                              {"21 00 00", Context::kConnect},
                                                              {"23 00 00", Context::kPublishFromServer},
                                                              {"27 00 00 00 00", Context::kConnack}};
  for (const auto& [bytes, context] : zeros) {
    EXPECT_TRUE(is_protocol_error(hex_bytes(bytes), context)) << bytes;
  }
  const std::vector<std::pair<const char*, Context>> flags = {
      {"01 02", Context::kWill},    {"17 02", Context::kConnect}, {"19 ff", Context::kConnect},
      {"24 02", Context::kConnack}, {"25 02", Context::kConnack}, {"28 02", Context::kConnack},
      {"29 02", Context::kConnack}, {"2a 80", Context::kConnack}};
  for (const auto& [bytes, context] : flags) {
    EXPECT_TRUE(is_protocol_error(hex_bytes(bytes), context)) << bytes;
  }
  EXPECT_EQ(problem(hex_bytes("23 00 00"), Context::kPublishFromServer), "Topic Alias must not be 0");
  EXPECT_EQ(problem(hex_bytes("24 02"), Context::kConnack), "Maximum QoS must be 0 or 1 (found 2)");
}

TEST(PropertyValue, StringsAreValidated) {
  for (const char* bytes : {"03 00 01 ff", "03 00 01 00", "26 00 01 'k' 00 01 c0", "26 00 01 80 00 01 'v'"}) {
    CodecFailure failure;
    check_properties(hex_bytes(bytes), Context::kPublishFromServer, failure);
    ASSERT_TRUE(failure.failed()) << bytes;
    EXPECT_TRUE(failure.error(PacketType::kPublish).is(CodecError::kMalformed));
  }
  EXPECT_EQ(problem(hex_bytes("08 00 03 'a/+'"), Context::kPublishFromServer),
            "Response Topic must not have wildcards [MQTT-3.3.2-14]");
  EXPECT_EQ(problem(hex_bytes("08 00 00"), Context::kPublishFromServer), "");
}

TEST(PropertyValue, AuthenticationDataNeedsItsMethod) {
  for (const Context context : {Context::kConnect, Context::kAuth}) {
    EXPECT_EQ(problem(hex_bytes("16 00 01 'd'"), context),
              "Authentication Data is without Authentication Method");
    EXPECT_EQ(problem(hex_bytes("16 00 01 'd' 15 00 01 'm'"), context), "");
  }
}

TEST(ReadProperties, StopsAtTheirLength) {
  const std::string bytes = hex_bytes("03 23 00 07 'rest'");
  WireReader in(bytes);
  const PropertyView view = read_properties(in, Context::kPublishFromServer);
  EXPECT_FALSE(in.failed());
  EXPECT_EQ(view.integer(Id::kTopicAlias), 7u);
  EXPECT_EQ(in.rest(), "rest");
}

TEST(ReadProperties, LengthBeyondThePacketIsMalformed) {
  const std::string bytes = hex_bytes("04 23 00 07");
  WireReader in(bytes);
  EXPECT_TRUE(read_properties(in, Context::kPublishFromServer).empty());
  EXPECT_TRUE(in.failed());
}

TEST(Properties, ViewShowsWhatWasAddedInOrder) {
  Properties properties;
  properties.add(Id::kMessageExpiryInterval, 0xfffefdfc)
      .add(Id::kCorrelationData, std::string_view("\0\xff", 2))
      .add_user_property("a", "1")
      .add(Id::kSubscriptionIdentifier, kMaxVariableByteInteger)
      .add(Id::kTopicAlias, 0xfffe)
      .add_user_property("a", "2")
      .add(Id::kPayloadFormatIndicator, 1);
  std::vector<std::string> seen;
  for (const Property& property : properties.view()) {
    seen.push_back(std::to_string(static_cast<int>(property.id)) + ":" + std::to_string(property.integer) +
                   ":" + std::string(property.text) + ":" + std::string(property.value));
  }
  const std::vector<std::string> expected = {
      "2:4294901244::", std::string("9:0:\0\xff:", 7), "38:0:a:1", "11:268435455::", "35:65534::", "38:0:a:2",
      "1:1::"};
  EXPECT_EQ(seen, expected);
}

TEST(Properties, FindsByIdentifierAndName) {
  Properties properties;
  properties.add(Id::kContentType, "json").add_user_property("a", "1").add_user_property("b", "2");
  const PropertyView view = properties.view();
  EXPECT_EQ(view.text(Id::kContentType), "json");
  EXPECT_EQ(view.user_property("b"), "2");
  EXPECT_FALSE(view.user_property("c").has_value());
  EXPECT_FALSE(view.text(Id::kResponseTopic).has_value());
  EXPECT_FALSE(view.integer(Id::kTopicAlias).has_value());
  EXPECT_FALSE(PropertyView().integer(Id::kTopicAlias).has_value());
  EXPECT_TRUE(PropertyView().empty());
}

TEST(Properties, TooLongValueIsRemembered) {
  const std::string longest(kMaxFieldBytes, 'x');
  const std::string longer(kMaxFieldBytes + 1, 'x');
  Properties properties;
  properties.add(Id::kContentType, longest).add_user_property(longest, longest);
  EXPECT_FALSE(properties.overflowed());
  for (auto* grow : {+[](Properties&p, const std::string&s) { p.add(Id::kContentType, s); },
                     +[](Properties&p, const std::string&s) { p.add_user_property(s, ""); },
                     +[](Properties&p, const std::string&s) { p.add_user_property("", s); }}) {
    properties.clear();
    grow(properties, longer);
    EXPECT_TRUE(properties.overflowed());
    EXPECT_TRUE(properties.empty());
    std::string out;
    WireWriter writer(out);
    write_properties(writer, properties, Context::kPublishFromClient);
    EXPECT_FALSE(writer.finish(PacketType::kPublish, 0).ok());
  }
  properties.clear();
  EXPECT_FALSE(properties.overflowed());
}

TEST(Properties, CopiesAViewWhole) {
  Properties original;
  original.add(Id::kContentType, "json").add(Id::kTopicAlias, 3);
  const Properties copy(original.view());
  EXPECT_EQ(copy, original);
  EXPECT_NE(copy, Properties());
}

}  // namespace
}  // namespace mkb::mqtt
