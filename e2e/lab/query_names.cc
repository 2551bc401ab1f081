#include "e2e/lab/query_names.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

namespace mkb::lab {
namespace {

constexpr std::array<std::string_view, 14> kOperators = {"and",   "or",   "unless",  "bool",    "offset",
                                                         "sum",   "min",  "max",     "avg",     "count",
                                                         "group", "topk", "bottomk", "quantile"};
constexpr std::array<std::string_view, 6> kGroupings = {"by",       "without",    "on",
                                                        "ignoring", "group_left", "group_right"};

bool begins_word(char c) {
  return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_' || c == ':';
}

bool in_word(char c) {
  return begins_word(c) || std::isdigit(static_cast<unsigned char>(c)) != 0;
}

template <class Words>
bool is_one_of(const Words& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

class Reader {
 public:
  explicit Reader(const std::string& text) : text_(text) {}

  QueryNames read() {
    std::string metric;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '"') {
        skip_string();
      } else if (c == '[') {
        at_ = std::min(text_.find(']', at_), text_.size());
      } else if (c == '{') {
        const std::set<std::string> labels = words_until('}');
        names_.metrics[metric].insert(labels.begin(), labels.end());
      } else if (std::isdigit(static_cast<unsigned char>(c)) != 0) {
        skip_number();
      } else if (begins_word(c)) {
        take(word(), metric);
      } else {
        ++at_;
      }
    }
    return names_;
  }

 private:
  void take(const std::string& word, std::string& metric) {
    skip_space();
    const bool opens = at_ < text_.size() && text_[at_] == '(';
    if (is_one_of(kGroupings, word)) {
      if (!opens) return;
      const std::set<std::string> labels = words_until(')');
      names_.grouping.insert(labels.begin(), labels.end());
    } else if (!opens && !is_one_of(kOperators, word)) {
      metric = word;
      names_.metrics.try_emplace(metric);
    }
  }

  std::string word() {
    const std::size_t begun = at_;
    while (at_ < text_.size() && in_word(text_[at_])) ++at_;
    return text_.substr(begun, at_ - begun);
  }

  /// Of a list in brackets, from its opening one; values in quotes are none.
  std::set<std::string> words_until(char end) {
    std::set<std::string> words;
    while (at_ < text_.size() && text_[at_] != end) {
      if (text_[at_] == '"') {
        skip_string();
      } else if (begins_word(text_[at_])) {
        words.insert(word());
      } else {
        ++at_;
      }
    }
    return words;
  }

  void skip_string() {
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (text_[at_] == '\\') ++at_;
    }
    ++at_;
  }

  /// Durations, too: 5m.
  void skip_number() {
    while (at_ < text_.size() && (in_word(text_[at_]) || text_[at_] == '.')) ++at_;
  }

  void skip_space() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
  }

  const std::string& text_;
  std::size_t at_ = 0;
  QueryNames names_;
};

}  // namespace

QueryNames names_in(const std::string& query) {
  return Reader(query).read();
}

}  // namespace mkb::lab
