#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace bennu::node_program {

// What the observer's views look like in a terminal. Pure functions of the values, which apps/guide/observer-channel.md
// describes; a value that lacks something is shown as far as it goes. Texts of clients cannot control the terminal.

/// Rows in aligned columns, the first row being the headings.
std::string table(const std::vector<std::vector<std::string>>& rows);

/// `text` as a log shows it (`engine::printable`), cut to so many columns.
std::string printable_text(std::string_view text, size_t max = 80);

/// `1.5 MB`, `2 min`.
std::string bytes_text(double x);
std::string time_text(double ms);

/// One screen: the overview, and the connections with the largest outboxes.
std::string overview_screen(const nlohmann::json& overview, const nlohmann::json& connections);

/// A line of the tree for one actor, below `depth` supervisors.
std::vector<std::string> tree_row(const nlohmann::json& node, size_t depth);
std::vector<std::string> tree_headings();

/// A living connection, with its channels and why it is slow.
std::string connection_text(const nlohmann::json& x);

/// A connection that has ended.
std::string ended_text(const nlohmann::json& x);

std::string topics_text(const nlohmann::json& page);

/// A telemetry event as one line.
std::string event_line(const nlohmann::json& x);

} // namespace bennu::node_program
