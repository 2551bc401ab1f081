#include "base/log.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

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

TEST(JsonLogLine, CarriesFields) {
  const auto object =
      nlohmann::json::parse(json_log_line("t", "info", "m", {{"reconcileID", "7"}, {"key", "a/b"}}));
  EXPECT_EQ(object["reconcileID"], "7");
  EXPECT_EQ(object["key"], "a/b");
  EXPECT_EQ(object["message"], "m");
}

TEST(LogScope, IsOnEveryLineOfItsThreadWhileItLives) {
  testing::internal::CaptureStderr();
  init_logging(LogFormat::kJson, spdlog::level::info);
  {
    const LogScope outer("key", "a/b");
    {
      const LogScope inner("reconcileID", "7");
      spdlog::info("one");
    }
    spdlog::info("two");
    std::thread([] { spdlog::info("three"); }).join();
  }
  spdlog::info("four");
  std::istringstream lines(testing::internal::GetCapturedStderr());
  std::vector<nlohmann::json> read;
  for (std::string line; std::getline(lines, line);) read.push_back(nlohmann::json::parse(line));
  ASSERT_EQ(read.size(), 4U);
  EXPECT_EQ(read[0].value("reconcileID", ""), "7");
  EXPECT_EQ(read[0].value("key", ""), "a/b");
  EXPECT_FALSE(read[1].contains("reconcileID"));
  EXPECT_EQ(read[1].value("key", ""), "a/b");
  EXPECT_FALSE(read[2].contains("key"));
  EXPECT_FALSE(read[3].contains("key"));
}

}  // namespace
}  // namespace mkb
