#include "bench/report.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>

#include "bench/delivery_latency.h"

namespace mkb::bench {
namespace {

PipelineResult result_of(double rate, double cpu, std::optional<Quantiles> acknowledged = {}) {
  PipelineResult result;
  result.throughput.messages_per_second = rate;
  result.throughput.cpu_microseconds = cpu;
  result.throughput.thread_microseconds = {{"io", cpu / 2}};
  result.acknowledged = acknowledged;
  return result;
}

TEST(Medians, AreOfEachNumberByItself) {
  const auto median = medians({result_of(1, 9), result_of(3, 7), result_of(2, 8)});
  EXPECT_EQ(median.throughput.messages_per_second, 2);
  EXPECT_EQ(median.throughput.cpu_microseconds, 8);
  EXPECT_EQ(median.throughput.thread_microseconds.at("io"), 4);
  EXPECT_FALSE(median.acknowledged);
}

TEST(Medians, OfAnEvenNumberLieBetween) {
  EXPECT_EQ(medians({result_of(1, 1), result_of(2, 4)}).throughput.cpu_microseconds, 2.5);
}

TEST(Medians, OfQuantilesNeedAllOfThem) {
  EXPECT_EQ(
      medians({result_of(1, 1, Quantiles{1, 2, 3}), result_of(1, 1, Quantiles{3, 4, 5})}).acknowledged->p99,
      3);
  EXPECT_FALSE(medians({result_of(1, 1, Quantiles{1, 2, 3}), result_of(1, 1)}).acknowledged);
}

TEST(Table, ShowsEveryScenarioThatHasResults) {
  const std::string text = table({{"first", Program::kBridge, {result_of(1234, 2.5, Quantiles{1, 2, 3})}},
                                  {"second", Program::kForwarder, {}}});
  EXPECT_NE(text.find("first"), std::string::npos);
  EXPECT_NE(text.find("1234"), std::string::npos);
  EXPECT_NE(text.find("2.50 (2.50..2.50)"), std::string::npos);
  EXPECT_NE(text.find("1.0 / 2.0 / 3.0"), std::string::npos);
  EXPECT_EQ(text.find("second"), std::string::npos);
}

TEST(DeliveryLatency, IsTheDifferenceOfTwoScrapes) {
  const std::string before =
      "# TYPE mkb_delivery_latency_seconds histogram\n"
      "mkb_delivery_latency_seconds_bucket{route=\"r\",le=\"0.001\"} 100\n"
      "mkb_delivery_latency_seconds_bucket{route=\"r\",le=\"0.002\"} 100\n"
      "mkb_delivery_latency_seconds_bucket{route=\"r\",le=\"+Inf\"} 100\n";
  // 50 more up to 1 ms and 50 up to 2 ms; buckets that the text leaves out are as empty as their neighbours.
  const std::string after =
      "mkb_delivery_latency_seconds_bucket{route=\"r\",le=\"0.00025\"} 0\n"
      "mkb_delivery_latency_seconds_bucket{route=\"r\",le=\"0.0005\"} 0\n"
      "mkb_delivery_latency_seconds_bucket{route=\"r\",le=\"0.001\"} 150\n"
      "mkb_delivery_latency_seconds_bucket{route=\"r\",le=\"0.002\"} 200\n"
      "mkb_delivery_latency_seconds_bucket{route=\"r\",le=\"+Inf\"} 200\n";
  EXPECT_EQ(delivery_latency(before).count, 100u);
  EXPECT_EQ(delivery_latency("").count, 0u);
  const auto quantiles = quantiles_between(delivery_latency(""), delivery_latency(after));
  ASSERT_TRUE(quantiles);
  EXPECT_GT(quantiles->p50, 0.5);
  EXPECT_LE(quantiles->p50, 1.0);
  EXPECT_GT(quantiles->p99, 1.9);
  EXPECT_LE(quantiles->p99, 2.0);
  EXPECT_FALSE(quantiles_between(delivery_latency(after), delivery_latency(after)));
}

TEST(ProcessCost, CountsTheCpuTimeOfThisProcess) {
  const ProcessCost before = read_cost(getpid());
  const auto used = [] {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
  };
  const double begin = used();
  while (used() < begin + 0.2) {
  }
  const ProcessCost cost = read_cost(getpid()).since(before);
  EXPECT_NEAR(cost.total, 0.2, 0.05);
  double threads = 0;
  for (const auto& [name, seconds] : cost.threads) {
    threads += seconds;
  }
  EXPECT_NEAR(threads, 0.2, 0.05);
}

TEST(ProcessCost, IsZeroWithoutTheProcess) {
  EXPECT_EQ(read_cost(-1).total, 0);
}

}  // namespace
}  // namespace mkb::bench
