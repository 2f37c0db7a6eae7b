#include "actors/history/message.hpp"

#include <algorithm>
#include <utility>

#include "actors/cluster/link/fields.hpp"
#include "actors/json/scanner.hpp"
#include "actors/json/utf8.hpp"

namespace bennu::engine {

namespace {

enum class history_kind : uint8_t { next = 1, have, want, part };

using std::chrono::milliseconds;

// -- encoding -----------------------------------------------------------------

uint64_t millis_of(milliseconds x) {
  return static_cast<uint64_t>(std::max<milliseconds::rep>(0, x.count()));
}

void append(field_writer& out, std::string_view topic, std::string_view event, const payload& body) {
  out.text(topic).text(event).number(body.is_binary() ? 1 : 0).text(body.bytes());
}

void append(field_writer& out, const history_item& x) {
  out.number(x.number).number(x.seq).number(x.start).number(millis_of(x.age));
  append(out, x.topic, x.event, x.body);
}

void append(field_writer& out, const peer& x) {
  out.text(x.name).number(x.incarnation);
}

struct history_writer {
  field_writer out;

  void operator()(const history_next& x) { append(begin(history_kind::next), x.item); }

  void operator()(const history_have& x) {
    begin(history_kind::have).number(x.logs.size());
    for (const auto& log : x.logs) {
      append(out, log.who);
      out.number(log.applied).number(millis_of(log.silent));
    }
  }

  void operator()(const history_want& x) {
    append(begin(history_kind::want), x.who);
    out.number(x.applied);
  }

  void operator()(const history_part& x) {
    append(begin(history_kind::part), x.who);
    out.number(x.from).number(x.to).number(x.end).number(x.items.size());
    for (const auto& item : x.items)
      append(out, item);
    out.number(x.dropped.size());
    for (const auto& one : x.dropped)
      out.text(one.topic).number(one.start).number(one.last).number(one.number).number(millis_of(one.age));
    out.number(x.floors.size());
    for (const auto& one : x.floors)
      out.number(one.index).number(one.seq).number(one.number).number(millis_of(one.age));
  }

  field_writer& begin(history_kind what) { return out.number(static_cast<uint64_t>(what)); }
};

// -- decoding -----------------------------------------------------------------

milliseconds read_age(field_reader& in) {
  constexpr milliseconds longest = std::chrono::hours{24 * 365 * 10}; // so that no sum overflows
  return milliseconds{static_cast<milliseconds::rep>(std::min(in.number(), static_cast<uint64_t>(longest.count())))};
}

history_item read_item(field_reader& in) {
  history_item x;
  x.number = in.number();
  x.seq = in.number();
  x.start = in.number();
  x.age = read_age(in);
  x.topic = in.text();
  x.event = in.text();
  const bool is_binary = in.number() != 0;
  const auto bytes = in.text();
  if (x.number == 0 || x.seq <= x.start)
    in.fail();
  x.is_unreadable = !is_utf8(x.topic) || !is_utf8(x.event) || (!is_binary && !is_json(bytes));
  if (!in.failed() && !x.is_unreadable)
    x.body = is_binary ? payload::binary(std::string{bytes}) : payload::from_text(std::string{bytes});
  return x;
}

history_have::log read_log(field_reader& in) {
  history_have::log x;
  x.who = read_peer(in);
  x.applied = in.number();
  x.silent = read_age(in);
  return x;
}

history_part::skipped read_skipped(field_reader& in) {
  history_part::skipped x;
  x.topic = in.text();
  x.start = in.number();
  x.last = in.number();
  x.number = in.number();
  x.age = read_age(in);
  if (x.last < x.start)
    in.fail();
  return x;
}

history_part::floor read_floor(field_reader& in) {
  history_part::floor x;
  x.index = in.number();
  x.seq = in.number();
  x.number = in.number();
  x.age = read_age(in);
  return x;
}

history_part read_part(field_reader& in) {
  history_part x;
  x.who = read_peer(in);
  x.from = in.number();
  x.to = in.number();
  x.end = in.number();
  x.items = read_list(in, read_item);
  x.dropped = read_list(in, read_skipped);
  x.floors = read_list(in, read_floor);
  auto last = x.from;
  for (const auto& item : x.items)
    if (item.number <= std::exchange(last, item.number))
      in.fail();
  if (last > x.to || x.to > x.end)
    in.fail();
  return x;
}

std::optional<history_message> read_history(field_reader& in) {
  switch (static_cast<history_kind>(in.number())) {
    case history_kind::next: {
      auto item = read_item(in);
      return history_next{std::move(item), in.failed() ? trace_context{} : read_trace(in)};
    }
    case history_kind::have:
      return history_have{read_list(in, read_log)};
    case history_kind::want: {
      auto who = read_peer(in);
      return history_want{std::move(who), in.number()};
    }
    case history_kind::part:
      return read_part(in);
  }
  return std::nullopt;
}

} // namespace

void append_history_message(std::string& out, size_t shard, const history_message& x) {
  std::visit(history_writer{field_writer{out}.number(shard)}, x);
}

void append_history_next(std::string& out, size_t shard, const broadcast& x) {
  field_writer to{out};
  to.number(shard).number(static_cast<uint64_t>(history_kind::next));
  const auto& at = *x.place;
  to.number(at.number).number(at.seq).number(at.start).number(0);
  append(to, x.topic, x.event, x.body);
  append_trace(to, x);
}

std::optional<std::pair<size_t, history_message>> parse_history_message(std::string_view content) {
  field_reader in{content};
  const auto shard = in.number();
  auto result = read_history(in);
  if (!result || in.failed())
    return std::nullopt;
  return std::pair{static_cast<size_t>(shard), std::move(*result)};
}

} // namespace bennu::engine
