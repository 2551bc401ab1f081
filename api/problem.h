#pragma once

#include <span>
#include <string>
#include <vector>

namespace mkb::api {

/// A place in a text file; both count from 1, columns in bytes. 0 means unknown.
struct Position {
  int line = 0;
  int column = 0;

  bool operator==(const Position&) const = default;
  [[nodiscard]] bool before(Position other) const {
    return line != other.line ? line < other.line : column < other.column;
  }
};

/// One thing that is wrong with a resource, for the person who wrote it.
struct Problem {
  std::string file;
  Position at;
  std::string path;  ///< `spec.mqttToKafka[0].filters[1]`; empty when it is about the file as a whole
  std::string what;  ///< what is wrong
  std::string hint;  ///< what would be right; may be empty
};

/// `file:line:col: path: what; hint`, without the parts that are empty or unknown.
std::string render(const Problem& problem);

/// Every problem on a line of its own. `label` comes before the path, as in `warning: `.
std::string render(std::span<const Problem> problems, const std::string& label = "");

/// Gathers what is found while one file is read, in any order.
class Report {
 public:
  explicit Report(std::string file) : file_(std::move(file)) {}

  void problem(Position at, std::string path, std::string what, std::string hint);
  void warning(Position at, std::string path, std::string what, std::string hint);

  /// Nothing but warnings so far.
  [[nodiscard]] bool clean() const { return problems_.empty(); }

  /// What was found, by position. Beyond kMostKept one last entry says how many there were.
  std::vector<Problem> take_problems() { return take(problems_, more_problems_); }
  std::vector<Problem> take_warnings() { return take(warnings_, more_warnings_); }

  static constexpr std::size_t kMostKept = 100;

 private:
  void add(std::vector<Problem>& list, std::size_t& more, Problem problem);
  std::vector<Problem> take(std::vector<Problem>& list, std::size_t& more);

  std::string file_;
  std::vector<Problem> problems_;
  std::vector<Problem> warnings_;
  std::size_t more_problems_ = 0;
  std::size_t more_warnings_ = 0;
};

}  // namespace mkb::api
