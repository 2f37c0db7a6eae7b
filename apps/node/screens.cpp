#include "apps/node/screens.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

#include "actors/json/printable.hpp"

namespace bennu::node_program {

namespace {

using nlohmann::json;

double number(const json& x, const char* name) {
  const auto found = x.is_object() ? x.find(name) : x.end();
  return x.is_object() && found != x.end() && found->is_number() ? found->get<double>() : 0;
}

std::string text(const json& x, const char* name, size_t max = 80) {
  if (!x.is_object() || !x.contains(name))
    return "";
  const auto& value = x.at(name);
  if (value.is_string())
    return printable_text(value.get_ref<const std::string&>(), max);
  return value.is_null() ? "" : printable_text(value.dump(), max);
}

const json& member(const json& x, const char* name) {
  static const json nothing;
  return x.is_object() && x.contains(name) ? x.at(name) : nothing;
}

std::string whole(double x) {
  return std::to_string(static_cast<long long>(x));
}

std::string with_digit(double x, const char* unit) {
  std::array<char, 48> result{};
  std::snprintf(result.data(), result.size(), "%.*f %s", x < 10 ? 1 : 0, x, unit);
  return result.data();
}

// How many bytes `engine::printable` shows for one of them.
constexpr size_t longest_escape = 4;

// Whether a character begins with it.
bool is_first_byte(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
}

// Counts code points: a terminal shows one column for most of them.
size_t width_of(std::string_view x) {
  return static_cast<size_t>(std::count_if(x.begin(), x.end(), is_first_byte));
}

// An amount of a limit: that of the inboxes is in bytes.
std::string amount_text(const json& limit, const char* name) {
  const bool is_bytes = text(limit, "name") == "inboxes" && member(limit, name).is_number();
  return is_bytes ? bytes_text(number(limit, name)) : text(limit, name);
}

std::string clock_text(double unix_ms) {
  const auto seconds = static_cast<std::time_t>(unix_ms / 1000);
  std::tm fields{};
  ::gmtime_r(&seconds, &fields);
  std::array<char, 32> result{};
  return {result.data(), std::strftime(result.data(), result.size(), "%Y-%m-%dT%H:%M:%SZ", &fields)};
}

} // namespace

std::string printable_text(std::string_view x, size_t max) {
  auto result = engine::printable(x, x.size() * longest_escape);
  size_t columns = 0;
  for (size_t i = 0; i < result.size(); ++i)
    if (is_first_byte(result[i]) && columns++ == max)
      return result.substr(0, i) + "\xE2\x80\xA6"; // …
  return result;
}

std::string table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<size_t> widths;
  for (const auto& row : rows)
    for (size_t i = 0; i < row.size(); ++i) {
      widths.resize(std::max(widths.size(), i + 1));
      widths[i] = std::max(widths[i], width_of(row[i]));
    }
  std::string result;
  for (const auto& row : rows) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i)
      line += row[i] + std::string(widths[i] - width_of(row[i]) + 2, ' ');
    line.erase(line.find_last_not_of(' ') + 1);
    result += line + "\n";
  }
  return result;
}

std::string bytes_text(double x) {
  if (x < 1e3)
    return whole(x) + " B";
  if (x < 1e6)
    return with_digit(x / 1e3, "kB");
  return x < 1e9 ? with_digit(x / 1e6, "MB") : with_digit(x / 1e9, "GB");
}

std::string time_text(double ms) {
  if (ms < 1e3)
    return whole(ms) + " ms";
  if (ms < 120e3)
    return whole(ms / 1e3) + " s";
  if (ms < 7200e3)
    return whole(ms / 60e3) + " min";
  return ms < 172800e3 ? whole(ms / 3600e3) + " h" : whole(ms / 86400e3) + " d";
}

std::string overview_screen(const json& x, const json& connections) {
  std::string result = "up " + time_text(number(x, "uptime_ms")) + ", " + whole(number(x, "connections"))
                       + " connections, " + whole(number(x, "joins")) + " joins, " + whole(number(x, "topics"))
                       + " topics" + (member(x, "draining") == true ? ", DRAINING" : "") + "\n";
  std::array<char, 32> cpu{};
  std::snprintf(cpu.data(), cpu.size(), "%.2f", number(x, "cpu"));
  result += "cpu " + std::string{cpu.data()} + " cores, memory " + bytes_text(number(x, "resident_bytes")) + ", "
            + whole(number(x, "open_files")) + " of " + whole(number(x, "max_files")) + " files, "
            + whole(number(x, "threads")) + " threads\n";
  result += "in " + whole(number(x, "in_per_s")) + "/s (" + bytes_text(number(x, "bytes_in_per_s")) + "/s), out "
            + whole(number(x, "out_per_s")) + "/s (" + bytes_text(number(x, "bytes_out_per_s")) + "/s), handled in "
            + whole(number(member(x, "latency_us"), "p50")) + " us (p50), "
            + whole(number(member(x, "latency_us"), "p99")) + " us (p99)\n";
  result += whole(number(x, "crashes")) + " crashes, " + whole(number(x, "restarts")) + " restarts, "
            + whole(number(x, "faults")) + " faults on purpose\n\n";
  std::vector<std::vector<std::string>> limits{{"LIMIT", "USED", "OF", "HITS"}};
  for (const auto& one : member(x, "limits"))
    limits.push_back({text(one, "name"), amount_text(one, "used"), amount_text(one, "limit"), text(one, "hits")});
  result += table(limits) + "\n";
  std::vector<std::vector<std::string>> units{{"UNIT", "CONNECTIONS", "BUSY"}};
  for (const auto& one : member(x, "units"))
    units.push_back({text(one, "unit"), text(one, "connections"), whole(number(one, "busy") * 100) + " %"});
  result += table(units) + "\n";
  std::vector<std::vector<std::string>> ends{{"ENDED BECAUSE", "COUNT"}};
  if (member(x, "ends").is_object())
    for (const auto& [why, count] : member(x, "ends").items())
      ends.push_back({printable_text(why), printable_text(count.dump())});
  if (ends.size() > 1)
    result += table(ends) + "\n";
  std::vector<std::vector<std::string>> rows{{"ID", "SOCKET", "PEER", "AGE", "JOINS", "IN", "OUT", "OUTBOX"}};
  for (const auto& one : member(connections, "rows"))
    rows.push_back({text(one, "id"), text(one, "socket_id", 32), text(one, "peer", 40),
                    time_text(number(one, "age_ms")), text(one, "joins"), text(one, "in"), text(one, "out"),
                    bytes_text(number(one, "outbox_bytes"))});
  return result + table(rows);
}

std::vector<std::string> tree_headings() {
  return {"ACTOR", "WHAT", "STATE", "UP", "RESTARTS", "LEFT", "MAILBOX", "MEMORY", "CHILDREN", "LAST CRASH"};
}

std::vector<std::string> tree_row(const json& x, size_t depth) {
  const auto actor = text(x, "actor");
  const bool answers = member(x, "answers") != false;
  const bool is_supervisor = text(x, "type") == "supervisor";
  return {std::string(depth * 2, ' ') + text(x, "id", 60) + (actor.empty() ? "" : " #" + actor),
          text(x, "label", 40),
          answers ? text(x, "state") : "no answer",
          time_text(number(x, "since_ms")),
          text(x, "restarts"),
          text(x, "restarts_left"),
          text(member(x, "mailbox"), "depth") + " (max " + text(member(x, "mailbox"), "high_water") + ")",
          member(x, "memory_bytes").is_number() ? bytes_text(number(x, "memory_bytes")) : "",
          is_supervisor ? text(x, "children") : "",
          text(x, "last_crash", 100)};
}

std::string connection_text(const json& x) {
  std::string result = "connection " + text(x, "id") + " lives: socket id \"" + text(x, "socket_id") + "\", "
                       + text(x, "transport") + " from " + text(x, "peer") + " for " + time_text(number(x, "age_ms"))
                       + "\n";
  result += "in " + text(x, "in") + " messages (" + bytes_text(number(x, "bytes_in")) + "), out " + text(x, "out")
            + " messages (" + bytes_text(number(x, "bytes_out")) + "), unsent " + bytes_text(number(x, "outbox_bytes"))
            + "\n";
  result += member(x, "slow").is_string() ? "slow: " + text(x, "slow", 200) + "\n" : "it is not slow\n";
  std::vector<std::vector<std::string>> rows{{"CHANNEL", "STATE", "ACTOR", "WAITING", "MAILBOX", "MEMORY"}};
  for (const auto& one : member(x, "channels"))
    rows.push_back({text(one, "topic", 60), text(one, "state"), text(one, "actor"), text(one, "waiting"),
                    text(one, "mailbox"), bytes_text(number(one, "memory_bytes"))});
  return result + (rows.size() > 1 ? table(rows) : "it has joined no channel\n");
}

std::string ended_text(const json& x) {
  return "connection " + text(x, "id") + " ended at " + clock_text(number(x, "at_ms")) + ": " + text(x, "reason")
         + (text(x, "text").empty() ? "" : ": " + text(x, "text", 250)) + "\n  socket id \"" + text(x, "socket_id")
         + "\", " + text(x, "transport") + " from " + text(x, "peer") + ", after " + time_text(number(x, "age_ms"))
         + ", in " + text(x, "in") + " messages (" + bytes_text(number(x, "bytes_in")) + "), out " + text(x, "out")
         + " messages (" + bytes_text(number(x, "bytes_out")) + ")\n";
}

std::string topics_text(const json& page) {
  std::vector<std::vector<std::string>> rows{{"TOPIC", "SUBSCRIBERS", "MESSAGES", "HISTORY"}};
  for (const auto& one : member(page, "rows")) {
    const auto& history = member(one, "history");
    rows.push_back(
      {text(one, "topic"), text(one, "subscribers"), text(one, "messages"),
       history.is_object() ? text(history, "messages") + " messages, " + bytes_text(number(history, "bytes")) : ""});
  }
  return table(rows) + text(page, "matches") + " of " + text(page, "total") + " topics match\n";
}

std::string event_line(const json& x) {
  auto result = clock_text(number(x, "at_ms")) + " " + text(x, "name");
  for (const auto* part : {"fields", "measurements"})
    if (member(x, part).is_object())
      for (const auto& [name, value] : member(x, part).items())
        result += " " + printable_text(name) + "=" + printable_text(value.dump(), 200);
  return result + "\n";
}

} // namespace bennu::node_program
