#include "dataplane/admin/process_stats.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace mkb::dataplane {
namespace {

// Fields 3 to 27 and more of a real process; 14: 250, 15: 50, 22: 12345, 24: 7000.
const std::string kFields =
    " S 1 42 42 0 -1 4194304 3000 0 5 0 250 50 7 8 20 0 4 0 12345 250000000 7000 "
    "18446744073709551615 1 1 0 0 0 0 0 4096 17642 0 0 0 17 1 0 0 0 0 0\n";
constexpr ProcConstants kConstants{100, 4096, 1'700'000'000};

void expect_the_fields(const std::optional<ProcessStats>& stats) {
  ASSERT_TRUE(stats);
  EXPECT_DOUBLE_EQ(stats->cpu_seconds, 3.0);
  EXPECT_DOUBLE_EQ(stats->start_time_seconds, 1'700'000'123.45);
  EXPECT_EQ(stats->resident_memory_bytes, 7000u * 4096u);
  EXPECT_EQ(stats->open_fds, 0u);
  EXPECT_EQ(stats->max_fds, 0u);
}

TEST(ParseProcStat, ReadsTheFieldsByTheirNumberInProc5) {
  expect_the_fields(parse_proc_stat("42 (mkb-dataplane)" + kFields, kConstants));
}

TEST(ParseProcStat, NameMayHoldSpacesAndParentheses) {
  for (const char* name : {"()", "(a b)", "(a) S 1 (b)", "())) 9 9 9)", "(a\nb)"}) {
    expect_the_fields(parse_proc_stat("42 " + std::string(name) + kFields, kConstants));
  }
}

TEST(ParseProcStat, UsesTheConstants) {
  const auto stats = parse_proc_stat("42 (x)" + kFields, ProcConstants{1000, 16384, 0});
  ASSERT_TRUE(stats);
  EXPECT_DOUBLE_EQ(stats->cpu_seconds, 0.3);
  EXPECT_DOUBLE_EQ(stats->start_time_seconds, 12.345);
  EXPECT_EQ(stats->resident_memory_bytes, 7000u * 16384u);
  EXPECT_FALSE(parse_proc_stat("42 (x)" + kFields, ProcConstants{0, 4096, 0}));
}

TEST(ParseProcStat, RefusesWhatIsNotInThatForm) {
  for (const char* text :
       {"", "42", "42 (x", "42 (x)", "42 (x) S 1 2 3",
        "42 (x) S 1 42 42 0 -1 4194304 3000 0 5 0 250 x50 7 8 20 0 4 0 12345 250000000 7000 1",
        "42 (x) S 1 42 42 0 -1 4194304 3000 0 5 0 -250 50 7 8 20 0 4 0 12345 250000000 7000 1"}) {
    EXPECT_FALSE(parse_proc_stat(text, kConstants)) << text;
  }
}

TEST(ParseProcStat, RefusesEveryCutBeforeTheLastFieldItNeeds) {
  const std::string text = "42 (x)" + kFields;
  const std::size_t needed = text.find(" 7000 ");
  ASSERT_NE(needed, std::string::npos);
  for (std::size_t size = 0; size <= needed + 1; ++size) {
    EXPECT_FALSE(parse_proc_stat(text.substr(0, size), kConstants)) << size;
  }
  EXPECT_TRUE(parse_proc_stat(text.substr(0, needed + 5), kConstants));
}

TEST(ReadProcessStats, TellsOfThisProcess) {
  const ProcessStats stats = read_process_stats();
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  EXPECT_GT(stats.resident_memory_bytes, 1'000'000u);
  EXPECT_LE(stats.cpu_seconds, static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + 2.5);
  EXPECT_GE(stats.open_fds, 3u);
  EXPECT_GT(stats.max_fds, stats.open_fds);
  const double now =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  EXPECT_LE(stats.start_time_seconds, now + 2) << "btime is in whole seconds";
  EXPECT_GT(stats.start_time_seconds, now - 3600);
}

/// Asks for every descriptor there can be, without opening one.
std::uint64_t open_fds_by_probing() {
  std::uint64_t count = 0;
  for (int descriptor = 0; descriptor < 4096; ++descriptor) {
    count += fcntl(descriptor, F_GETFD) != -1 ? 1 : 0;
  }
  return count;
}

TEST(ReadProcessStats, CountsEveryDescriptorAndNotItsOwn) {
  EXPECT_EQ(read_process_stats().open_fds, open_fds_by_probing());
  std::vector<int> opened;
  for (int i = 0; i < 10; ++i) {
    opened.push_back(open("/dev/null", O_RDONLY | O_CLOEXEC));
    ASSERT_GE(opened.back(), 0);
  }
  EXPECT_EQ(read_process_stats().open_fds, open_fds_by_probing());
  for (const int descriptor : opened) {
    close(descriptor);
  }
  EXPECT_EQ(read_process_stats().open_fds, open_fds_by_probing());
}

TEST(ReadProcessStats, SeesCpuTimePass) {
  const double before = read_process_stats().cpu_seconds;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  double now = before;
  while (now <= before && std::chrono::steady_clock::now() < deadline) {
    now = read_process_stats().cpu_seconds;
  }
  EXPECT_GT(now, before);
}

TEST(ReadProcessStats, SeesTheSoftLimit) {
  rlimit limit{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  EXPECT_EQ(read_process_stats().max_fds, limit.rlim_cur);
}

}  // namespace
}  // namespace mkb::dataplane
