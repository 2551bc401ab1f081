#include "base/log.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace mkb {
namespace {

TEST(JsonLogLine, IsOneObjectOnOneLine) {
  const std::string line = json_log_line("2026-01-02T03:04:05.006Z", "info", "connected to \"b\"\nnext");
  EXPECT_EQ(line.find('\n'), std::string::npos);
  const auto object = nlohmann::json::parse(line);
  EXPECT_EQ(object["time"], "2026-01-02T03:04:05.006Z");
  EXPECT_EQ(object["level"], "info");
  EXPECT_EQ(object["message"], "connected to \"b\"\nnext");
}

TEST(JsonLogLine, SurvivesInvalidUtf8) {
  const std::string line = json_log_line("t", "warning", "topic \xff\xfe bad");
  const auto object = nlohmann::json::parse(line);
  EXPECT_NE(object["message"].get<std::string>().find("bad"), std::string::npos);
}

}  // namespace
}  // namespace mkb
