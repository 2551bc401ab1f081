#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "dataplane/route/json_document.h"

// Random documents that are written together with what every path in them is worth.

namespace mkb::dataplane {
namespace {

using Path = std::vector<api::PayloadStep>;

struct Expected {
  JsonLookup lookup = JsonLookup::kFound;
  std::string value;

  bool operator==(const Expected&) const = default;
};

struct Written {
  std::string json;
  std::string meaning;
};

class Generator {
 public:
  Generator(std::uint32_t seed, bool escapes) : random_(seed), escapes_(escapes) {}

  std::uint32_t below(std::uint32_t limit) { return static_cast<std::uint32_t>(random_() % limit); }

  /// A new document; every path in it and some that are not are in paths().
  std::string document() {
    text_.clear();
    expected_.clear();
    container(3, {});
    space();
    return text_;
  }
  const std::map<Path, Expected>& paths() const { return expected_; }

 private:
  Written text() {
    static const std::vector<Written> kPlain = {
        {"a", "a"},           {"b", "b"}, {"long-name-", "long-name-"},
        {"\u00e9", "\u00e9"}, {":", ":"}, {"{", "{"},
        {"],", "],"},         {"1", "1"}, {" ", " "}};
    static const std::vector<Written> kEscaped = {{"\\u0061", "a"},
                                                  {"\\n", "\n"},
                                                  {"\\\"", "\""},
                                                  {"\\\\", "\\"},
                                                  {"\\/", "/"},
                                                  {"\\u00E9", "\u00e9"},
                                                  {"\\ud83d\\ude00", "\U0001f600"}};
    Written made;
    for (auto parts = below(4); parts > 0; --parts) {
      const bool escaped = escapes_ && below(3) == 0;
      const std::vector<Written>& from = escaped ? kEscaped : kPlain;
      const Written& part = from[below(static_cast<std::uint32_t>(from.size()))];
      made.json += part.json;
      made.meaning += part.meaning;
    }
    return made;
  }

  void space() {
    static constexpr std::array<const char*, 6> kSpaces = {"", "", "", " ", "\n", "\t \r"};
    text_ += kSpaces[below(kSpaces.size())];
  }

  /// Writes a value; what is under a field that an earlier one hides is not expected anywhere.
  void value(int depth, const Path& path, bool hidden) {
    static const std::vector<std::string> kNumbers = {
        "0", "-0", "1e5", "1.10", "-12", "1E-7", "2e+400", "123456789012345678901234567890"};
    space();
    Expected expected;
    switch (below(depth > 0 ? 8 : 4)) {
      case 0:
        expected.value = kNumbers[below(static_cast<std::uint32_t>(kNumbers.size()))];
        text_ += expected.value;
        break;
      case 1:
        expected.value = below(2) == 0 ? "true" : "false";
        text_ += expected.value;
        break;
      case 2:
        expected.lookup = JsonLookup::kMissing;
        text_ += "null";
        break;
      case 3: {
        const Written string = text();
        expected.value = string.meaning;
        text_.append(1, '"').append(string.json).append(1, '"');
        break;
      }
      default: {
        expected.lookup = JsonLookup::kNotScalar;
        std::map<Path, Expected> kept;
        if (hidden) {
          kept = expected_;
        }
        container(depth - 1, path);
        if (hidden) {
          expected_ = std::move(kept);
        }
        break;
      }
    }
    if (!hidden) {
      expected_[path] = expected;
    }
    space();
  }

  void container(int depth, const Path& path) {
    space();
    const bool object = below(2) == 0;
    text_ += object ? '{' : '[';
    std::vector<std::string> names;
    Path inner = path;
    inner.emplace_back();
    const std::uint32_t count = below(5);
    for (std::uint32_t i = 0; i < count; ++i) {
      text_ += i == 0 ? "" : ",";
      bool hidden = false;
      if (object) {
        const Written name = text();
        space();
        text_.append(1, '"').append(name.json).append(1, '"');
        space();
        text_ += ':';
        hidden = std::find(names.begin(), names.end(), name.meaning) != names.end();
        names.push_back(name.meaning);
        inner.back() = name.meaning;
      } else {
        inner.back() = std::size_t{i};
      }
      value(depth, inner, hidden);
    }
    text_ += object ? '}' : ']';
    // One step too far, and a step of the other kind.
    inner.back() = object ? api::PayloadStep(std::string("nowhere")) : api::PayloadStep(std::size_t{count});
    expected_[inner] = {JsonLookup::kMissing, ""};
    inner.back() = object ? api::PayloadStep(std::size_t{0}) : api::PayloadStep(std::string("a"));
    expected_[inner] = {JsonLookup::kMissing, ""};
  }

  std::mt19937 random_;
  bool escapes_;
  std::string text_;
  std::map<Path, Expected> expected_;
};

class JsonDocumentProperty : public testing::TestWithParam<bool> {};

TEST_P(JsonDocumentProperty, FindsEveryValueOfRandomDocumentsInAnyOrder) {
  Generator generator(20'261'124, GetParam());
  std::mt19937 order(7);
  JsonDocument document;
  std::size_t found = 0;
  for (int round = 0; round < 4'000; ++round) {
    const std::string text = generator.document();
    // Exactly sized on the heap, so that AddressSanitizer sees a read beyond it.
    const std::vector<char> exact(text.begin(), text.end());
    document.reset({exact.data(), exact.size()});
    std::vector<std::pair<Path, Expected>> lookups(generator.paths().begin(), generator.paths().end());
    std::shuffle(lookups.begin(), lookups.end(), order);
    for (const auto& [path, expected] : lookups) {
      Expected actual;
      actual.lookup = document.append_scalar(path, actual.value);
      ASSERT_EQ(actual.lookup, expected.lookup) << text;
      ASSERT_EQ(actual.value, expected.value) << text;
      found += expected.lookup == JsonLookup::kFound ? 1 : 0;
    }
  }
  EXPECT_GT(found, 10'000u);
}

INSTANTIATE_TEST_SUITE_P(WithoutAndWithEscapes, JsonDocumentProperty, testing::Bool());

}  // namespace
}  // namespace mkb::dataplane
