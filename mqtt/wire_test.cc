#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "mqtt/hex_bytes.h"
#include "mqtt/wire_reader.h"
#include "mqtt/wire_writer.h"

namespace mkb::mqtt {
namespace {

// Table 1-1 of MQTT 5: the ends of each length.
const std::vector<std::pair<std::uint32_t, std::string>> kVarints = {
    {0, hex_bytes("00")},
    {127, hex_bytes("7f")},
    {128, hex_bytes("80 01")},
    {16'383, hex_bytes("ff 7f")},
    {16'384, hex_bytes("80 80 01")},
    {2'097'151, hex_bytes("ff ff 7f")},
    {2'097'152, hex_bytes("80 80 80 01")},
    {268'435'455, hex_bytes("ff ff ff 7f")},
};

TEST(Varint, IsReadAndWrittenAsInTheSpecification) {
  for (const auto& [value, bytes] : kVarints) {
    WireReader in(bytes);
    EXPECT_EQ(in.varint("n"), value);
    EXPECT_TRUE(in.empty());
    EXPECT_FALSE(in.failed());
    std::string out;
    WireWriter(out).varint(value);
    EXPECT_EQ(out, bytes);
    EXPECT_EQ(varint_size(value), bytes.size());
  }
}

TEST(Varint, LongerThanNeededIsMalformed) {
  for (const char* bytes : {"80 00", "ff 00", "80 80 00", "ff 80 80 00"}) {
    const std::string encoded = hex_bytes(bytes);
    WireReader in(encoded);
    in.varint("n");
    EXPECT_TRUE(in.failed()) << bytes;
  }
}

TEST(Varint, LongerThanFourBytesIsMalformed) {
  const std::string bytes = hex_bytes("80 80 80 80 01");
  WireReader in(bytes);
  in.varint("remaining length");
  ASSERT_TRUE(in.failed());
  EXPECT_EQ(in.failure().error(PacketType::kConnect).message(),
            "CONNECT: remaining length has more than four bytes");
}

TEST(Varint, TooLargeCannotBeWritten) {
  std::string out;
  WireWriter writer(out);
  writer.varint(std::size_t{kMaxVariableByteInteger} + 1);
  const Result<void> finished = writer.finish(PacketType::kPublish, 0);
  ASSERT_FALSE(finished.ok());
  EXPECT_TRUE(finished.error().is(CodecError::kTooLarge));
}

TEST(WireReader, ReadsIntegersBigEndian) {
  const std::string bytes = hex_bytes("01 02 03 fc fd fe ff");
  WireReader in(bytes);
  EXPECT_EQ(in.u8("a"), 0x01);
  EXPECT_EQ(in.u16("b"), 0x0203);
  EXPECT_EQ(in.u32("c"), 0xfcfdfeff);
  EXPECT_FALSE(in.failed());
}

TEST(WireReader, FirstFailureSticksAndConsumesNothing) {
  const std::string bytes = hex_bytes("00 05 'abc'");
  WireReader in(bytes);
  EXPECT_EQ(in.text("first"), "");
  EXPECT_EQ(in.u8("second"), 0);
  in.fail(CodecError::kProtocol, "third", "is wrong");
  EXPECT_EQ(in.failure().error(PacketType::kPublish).message(), "PUBLISH: first is cut short");
}

TEST(WireReader, LeftoverBytesAreMalformed) {
  WireReader in("x");
  in.expect_end();
  EXPECT_TRUE(in.failed());
}

TEST(WireReader, RefusesTextThatIsNotUtf8ButTakesItAsBinary) {
  const std::string bytes = hex_bytes("00 01 ff");
  WireReader as_text(bytes);
  as_text.text("t");
  EXPECT_TRUE(as_text.failed());
  WireReader as_binary(bytes);
  EXPECT_EQ(as_binary.binary("b"), "\xff");
  EXPECT_FALSE(as_binary.failed());
}

TEST(WireWriter, FailureLeavesTheStringAsItWas) {
  for (const std::string& bad : {std::string("\xff"), std::string(65'536, 'x')}) {
    std::string out = "before";
    WireWriter writer(out);
    writer.u32(7);
    writer.text(bad, "field");
    EXPECT_FALSE(writer.finish(PacketType::kConnect, 0).ok());
    EXPECT_EQ(out, "before");
  }
}

TEST(WireWriter, WritesTheLongestField) {
  std::string out;
  WireWriter writer(out);
  writer.binary(std::string(65'535, 'x'), "field");
  ASSERT_TRUE(writer.finish(PacketType::kPublish, 0).ok());
  EXPECT_EQ(out.substr(0, 6), hex_bytes("30 81 80 04 ff ff"));
}

TEST(CodecFailure, ShowsTheValueFound) {
  CodecFailure failure;
  EXPECT_FALSE(failure.failed());
  failure.set(CodecError::kProtocol, "reason code", "is not one of this packet's", 7);
  failure.set(CodecError::kMalformed, "later", "is ignored");
  const Error error = failure.error(PacketType::kConnack);
  EXPECT_EQ(error.message(), "CONNACK: reason code is not one of this packet's (found 7)");
  EXPECT_TRUE(error.is(CodecError::kProtocol));
}

}  // namespace
}  // namespace mkb::mqtt
