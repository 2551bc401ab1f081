#include "api/problem.h"

#include <algorithm>
#include <utility>

namespace mkb::api {
namespace {

std::string render_labelled(const Problem& problem, const std::string& label) {
  std::string line = problem.file;
  if (problem.at.line > 0) {
    line += ':' + std::to_string(problem.at.line) + ':' + std::to_string(problem.at.column);
  }
  if (!line.empty()) line += ": ";
  line += label;
  if (!problem.path.empty()) line += problem.path + ": ";
  line += problem.what;
  if (!problem.hint.empty()) line += "; " + problem.hint;
  return line;
}

}  // namespace

std::string render(const Problem& problem) {
  return render_labelled(problem, "");
}

std::string render(std::span<const Problem> problems, const std::string& label) {
  std::string text;
  for (const Problem& problem : problems) text += render_labelled(problem, label) + '\n';
  return text;
}

void Report::problem(Position at, std::string path, std::string what, std::string hint) {
  add(problems_, more_problems_, {file_, at, std::move(path), std::move(what), std::move(hint)});
}

void Report::warning(Position at, std::string path, std::string what, std::string hint) {
  add(warnings_, more_warnings_, {file_, at, std::move(path), std::move(what), std::move(hint)});
}

void Report::add(std::vector<Problem>& list, std::size_t& more, Problem problem) {
  if (list.size() < kMostKept) {
    list.push_back(std::move(problem));
  } else {
    ++more;
  }
}

std::vector<Problem> Report::take(std::vector<Problem>& list, std::size_t& more) {
  std::vector<Problem> taken = std::exchange(list, {});
  std::stable_sort(taken.begin(), taken.end(),
                   [](const Problem& left, const Problem& right) { return left.at.before(right.at); });
  const std::size_t left_out = std::exchange(more, 0);
  if (left_out > 0) taken.push_back({file_, {}, "", "and " + std::to_string(left_out) + " more", ""});
  return taken;
}

}  // namespace mkb::api
