#include "cli/top/top_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mkb::cli {
namespace {

using testing::HasSubstr;

BridgeLines sample_lines() {
  BridgeLines lines;
  lines.bridge.name = "fleet";
  lines.bridge.name_space = "prod";
  lines.bridge.phase = "Ready";
  lines.bridge.message = "8 shards served";
  lines.bridge.wanted = lines.bridge.ready = 2;
  lines.bridge.shards = lines.bridge.assigned = 8;
  lines.routes = {{{"telemetry", 1204711, 1204698, 0, 2, 1, 13, 0, ""}, false, RouteRates{1204.1, 99.94}},
                  {{"commands", 5, 4, 0, 0, 0, 1, 7, "refused"}, true, std::nullopt}};
  lines.pods = {{"mkb-fleet-0", 4, 12, 1200, false, RouteRates{602, 50}, ""},
                {"mkb-fleet-1", 4, 12, 14'000, true, std::nullopt, "no broker"}};
  return lines;
}

TEST(TopViewTest, ShowsBridgeRoutesAndPods) {
  EXPECT_EQ(top_text({sample_lines()}, ""),
            "prod/fleet  Ready: 8 shards served\n"
            "pods 2/2  shards 8/8\n"
            "\n"
            "ROUTE      TO     IN/S  OUT/S  RECEIVED  DELIVERED  IN FLIGHT  LAG  DROPPED  DEAD  LAST ERROR\n"
            "telemetry  Kafka  1204   99.9   1204711    1204698         13    -        1     2\n"
            "commands   MQTT      -      -         5          4          1    7        0     0  refused\n"
            "\n"
            "POD          SHARDS  EPOCH  IN/S  OUT/S  REPORTED          PROBLEM\n"
            "mkb-fleet-0       4     12   602   50.0  1 s ago\n"
            "mkb-fleet-1       4     12     -      -  14 s ago, silent  no broker\n");
}

TEST(TopViewTest, SaysWhatMovesAndWhyThereAreNoPods) {
  BridgeLines lines = sample_lines();
  lines.pods.clear();
  lines.bridge.moving = 2;
  const std::string text = top_text({lines}, "not permitted (list leases in prod: forbidden)");
  EXPECT_THAT(text, HasSubstr("shards 8/8, 2 moving\n"));
  EXPECT_THAT(text, testing::EndsWith("\npods: not permitted (list leases in prod: forbidden)\n"));
}

TEST(TopViewTest, SeparatesBridges) {
  EXPECT_THAT(top_text({sample_lines(), sample_lines()}, ""), HasSubstr("no broker\n\nprod/fleet"));
  EXPECT_EQ(top_text({}, ""), "there is no bridge\n");
}

TEST(TopViewTest, OldReportsAreInMinutesAndNoneIsOfTheFuture) {
  BridgeLines lines = sample_lines();
  lines.pods[0].age_ms = 7'200'000;
  lines.pods[1].age_ms = -3000;
  const std::string text = top_text({lines}, "");
  EXPECT_THAT(text, HasSubstr("120 min ago"));
  EXPECT_THAT(text, HasSubstr("0 s ago, silent"));
}

TEST(RedrawnTest, DrawsOverWhatWasThere) {
  EXPECT_EQ(redrawn("a\nbcdef\n", 3, 0), "\x1B[Ha\x1B[K\nbc…\x1B[K\n\x1B[J");
  EXPECT_EQ(redrawn("a\nb", 0, 0), "\x1B[Ha\x1B[K\nb\x1B[K\n\x1B[J");
}

TEST(RedrawnTest, LeavesTheLastLineToTheCursor) {
  EXPECT_EQ(redrawn("a\nb\nc\n", 80, 3), "\x1B[Ha\x1B[K\nb\x1B[K\n\x1B[J");
  EXPECT_EQ(redrawn("a\nb\n", 80, 3), "\x1B[Ha\x1B[K\nb\x1B[K\n\x1B[J");
}

}  // namespace
}  // namespace mkb::cli
