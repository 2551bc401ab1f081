#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace mkb::cli {

enum class Align { kLeft, kRight };

/// Columns of text with two spaces between them, as kubectl prints tables. A cell's width is that of its
/// UTF-8 characters, one column each; control characters become spaces, so no cell breaks the layout.
class TextTable {
 public:
  struct Column {
    std::string title;
    Align align = Align::kLeft;
  };

  explicit TextTable(std::vector<Column> columns) : columns_(std::move(columns)) {}

  /// Missing cells are empty, further ones are left out.
  void add_row(std::vector<std::string> cells);
  [[nodiscard]] bool empty() const { return rows_.empty(); }
  /// The titles and the rows, each line ended by a newline and without spaces at its end.
  [[nodiscard]] std::string text() const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

/// Printable columns that a UTF-8 text takes, one per character.
std::size_t text_width(std::string_view text);
/// `text` cut to `width` columns, with an ellipsis when something is missing.
std::string cut_to_width(std::string_view text, std::size_t width);

}  // namespace mkb::cli
