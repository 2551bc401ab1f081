#include "dataplane/pod/file_inputs.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <vector>

#include "dataplane/pod/whole_file.h"

namespace mkb::dataplane {
namespace {

class FileInputsTest : public testing::Test {
 protected:
  FileInputsTest() {
    std::string name = (std::filesystem::temp_directory_path() / "file-inputs-XXXXXX").string();
    dir = mkdtemp(name.data());
    files = {dir / "bridge.yaml", dir / "filters.json", dir / "assignment.json"};
  }
  ~FileInputsTest() override {
    inputs.reset();
    std::filesystem::remove_all(dir);
  }
  void start() {
    inputs.emplace(
        io, files, [this](RoutesText text) { routes.push_back(std::move(text)); },
        [this](std::string text) { assignments.push_back(std::move(text)); }, std::chrono::milliseconds(1));
    inputs->start();
  }
  void put(const std::filesystem::path& file, const std::string& content) {
    ASSERT_TRUE(write_whole(file, content).ok());
  }
  template <class Condition>
  void until(const Condition& condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!condition()) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline);
      io.run_one_for(std::chrono::milliseconds(50));
    }
  }

  boost::asio::io_context io;
  std::filesystem::path dir;
  InputFiles files;
  std::optional<FileInputs> inputs;
  std::vector<RoutesText> routes;
  std::vector<std::string> assignments;
};

TEST_F(FileInputsTest, TellsWhatIsThereAtOnce) {
  put(files.config, "bridge");
  put(files.record, "record");
  put(files.assignment, "assignment");
  start();
  ASSERT_EQ(routes.size(), 1u);
  EXPECT_EQ(routes[0], (RoutesText{"bridge", "record"}));
  EXPECT_EQ(assignments, std::vector<std::string>{"assignment"});
}

TEST_F(FileInputsTest, TellsOfChangesOnly) {
  put(files.config, "bridge");
  put(files.record, "record");
  start();
  EXPECT_TRUE(assignments.empty());
  put(files.assignment, "one");
  until([&] { return assignments.size() == 1; });
  put(files.record, "other");
  until([&] { return routes.size() == 2; });
  EXPECT_EQ(routes[1], (RoutesText{"bridge", "other"}));
  EXPECT_EQ(assignments.size(), 1u);
}

TEST_F(FileInputsTest, AFileThatIsAwayKeepsItsContent) {
  put(files.config, "bridge");
  put(files.record, "record");
  put(files.assignment, "one");
  start();
  std::filesystem::remove(files.record);
  std::filesystem::remove(files.assignment);
  put(files.config, "ignored without its record");
  for (int i = 0; i < 5; ++i) {
    io.run_one();
  }
  EXPECT_EQ(routes.size(), 1u);
  put(files.record, "record");
  until([&] { return routes.size() == 2; });
  EXPECT_EQ(assignments.size(), 1u);
}

TEST_F(FileInputsTest, NoRecordIsNeededWhenNoneIsNamed) {
  files.record.clear();
  put(files.config, "bridge");
  start();
  ASSERT_EQ(routes.size(), 1u);
  EXPECT_FALSE(routes[0].filters);
}

}  // namespace
}  // namespace mkb::dataplane
