#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace mkb::api {

/// Edits between two names: insertion, deletion, substitution and swap of neighbours each count one
/// (Damerau-Levenshtein, optimal string alignment). Case is ignored: a wrong case is the commonest slip.
std::size_t edit_distance(std::string_view left, std::string_view right);

/// The known name that `name` was probably meant to be: the first of the nearest, at most a third of its
/// letters away, or else the only one that starts with it.
std::optional<std::string_view> nearest_name(std::string_view name, std::span<const std::string_view> known);

/// What to say about an unknown name: `did you mean "x"?`, or `known: a, b, c` when nothing is near.
std::string suggest_name(std::string_view name, std::span<const std::string_view> known);

}  // namespace mkb::api
