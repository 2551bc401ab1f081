#include "dataplane/route/record_headers.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace mkb::dataplane {
namespace {

std::vector<std::string> texts(const RecordHeaders& headers) {
  std::vector<std::string> all;
  for (std::size_t i = 0; i < headers.size(); ++i) {
    all.push_back(std::string(headers[i].name) + "=" + std::string(headers[i].value));
  }
  return all;
}

using Lines = std::vector<std::string>;

TEST(RecordHeaders, StartsEmpty) {
  const RecordHeaders headers;
  EXPECT_TRUE(headers.empty());
  EXPECT_EQ(headers.size(), 0u);
  EXPECT_EQ(headers.total_bytes(), 0u);
  EXPECT_EQ(headers.last("a"), std::nullopt);
}

TEST(RecordHeaders, ViewsWhatIsAddedAndCopiesWhatIsAddedAsCopy) {
  std::string text = "before";
  RecordHeaders headers;
  headers.add("view", text);
  headers.add_copy("copy", text);
  EXPECT_EQ(headers[0].value.data(), text.data());
  text.replace(0, 6, "after!");
  EXPECT_EQ(texts(headers), (Lines{"view=after!", "copy=before"}));
}

TEST(RecordHeaders, KeepsOrderAndRepeatedNames) {
  RecordHeaders headers;
  headers.add("a", "1");
  headers.add_number("b", 2);
  headers.add("a", "3");
  EXPECT_EQ(texts(headers), (Lines{"a=1", "b=2", "a=3"}));
  EXPECT_EQ(headers.last("a"), "3");
  EXPECT_EQ(headers.last("b"), "2");
  EXPECT_EQ(headers.last("c"), std::nullopt);
  EXPECT_FALSE(headers.empty());
}

TEST(RecordHeaders, WritesNumbersOfEverySize) {
  RecordHeaders headers;
  headers.add_number("zero", 0);
  headers.add_number("most", std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(texts(headers), (Lines{"zero=0", "most=18446744073709551615"}));
}

TEST(RecordHeaders, ValuesAreBytesAndMayBeEmpty) {
  RecordHeaders headers;
  headers.add("none", std::string_view());
  headers.add("empty", "");
  headers.add_copy("empty copy", std::string_view());
  headers.add_copy("zero byte", std::string_view("\0\xff", 2));
  EXPECT_EQ(headers.last("none"), "");
  EXPECT_EQ(headers.last("empty"), "");
  EXPECT_EQ(headers.last("empty copy"), "");
  EXPECT_EQ(headers.last("zero byte"), std::string_view("\0\xff", 2));
}

TEST(RecordHeaders, OwnedValuesSurviveGrowth) {
  RecordHeaders headers;
  for (std::uint64_t i = 0; i < 1'000; ++i) {
    headers.add_number("n", i);
  }
  for (std::uint64_t i = 0; i < 1'000; ++i) {
    ASSERT_EQ(headers[i].value, std::to_string(i));
  }
}

TEST(RecordHeaders, AddsWhatIsWritten) {
  RecordHeaders headers;
  headers.add_copy("a", "first ");
  EXPECT_TRUE(headers.add_written("b", [](std::string& out) {
    out += "sec";
    out += "ond";
    return true;
  }));
  EXPECT_TRUE(headers.add_written("nothing", [](std::string&) { return true; }));
  EXPECT_EQ(texts(headers), (Lines{"a=first ", "b=second", "nothing="}));
}

TEST(RecordHeaders, AFailedWriteLeavesNothing) {
  RecordHeaders headers;
  headers.add_copy("a", "first");
  const auto fail = [](std::string& out) {
    out += "half of it";
    return false;
  };
  EXPECT_FALSE(headers.add_written("b", fail));
  EXPECT_EQ(texts(headers), (Lines{"a=first"}));
  EXPECT_EQ(headers.total_bytes(), 6u);
  headers.add_copy("c", "third");
  EXPECT_EQ(texts(headers), (Lines{"a=first", "c=third"}));
}

TEST(RecordHeaders, TruncatesToAPrefixAndGoesOnFromThere) {
  RecordHeaders headers;
  headers.add_copy("a", "own");
  headers.add("b", "view");
  const std::size_t shared = headers.size();
  for (int round = 0; round < 3; ++round) {
    headers.add_copy("c", "own " + std::to_string(round));
    headers.add("d", "view");
    headers.add_number("e", 5);
    EXPECT_EQ(texts(headers), (Lines{"a=own", "b=view", "c=own " + std::to_string(round), "d=view", "e=5"}));
    headers.truncate(shared);
    EXPECT_EQ(texts(headers), (Lines{"a=own", "b=view"}));
  }
  headers.truncate(9);
  EXPECT_EQ(headers.size(), 2u);
  headers.clear();
  EXPECT_TRUE(headers.empty());
  headers.add_copy("f", "new");
  EXPECT_EQ(texts(headers), (Lines{"f=new"}));
}

TEST(RecordHeaders, RemovingAViewOfNothingKeepsOwnedValues) {
  RecordHeaders headers;
  headers.add_copy("a", "first");
  headers.add("none", std::string_view());
  headers.truncate(1);
  headers.add_copy("b", "other");
  EXPECT_EQ(texts(headers), (Lines{"a=first", "b=other"}));
}

TEST(RecordHeaders, SumsNamesAndValues) {
  RecordHeaders headers;
  headers.add("name", "value");
  headers.add_copy("n", "12");
  headers.add_number("number", 123);
  EXPECT_EQ(headers.total_bytes(), 4u + 5u + 1u + 2u + 6u + 3u);
  headers.truncate(1);
  EXPECT_EQ(headers.total_bytes(), 9u);
}

}  // namespace
}  // namespace mkb::dataplane
