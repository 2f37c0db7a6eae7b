#include "actors/presence/message.hpp"

#include <algorithm>

#include "actors/cluster/link/fields.hpp"
#include "actors/json/scanner.hpp"
#include "actors/json/text.hpp"

namespace bennu::engine {

namespace {

enum class kind : uint8_t { digest = 1, ops, want, part, goodbye };

// -- encoding -----------------------------------------------------------------

void append(field_writer& out, const presence_entry& x) {
  out.number(x.id).text(x.topic.str()).text(x.key.str()).text(x.meta.body.bytes()).text(x.meta.ref).text(x.meta.prev);
}

struct content_writer {
  field_writer out;

  void operator()(const presence_digest& x) { begin(kind::digest).number(x.seq).number(x.digest); }
  void operator()(const presence_want& x) { begin(kind::want).number(x.applied).number(x.whole ? 1 : 0); }
  void operator()(const presence_goodbye&) { begin(kind::goodbye); }

  void operator()(const presence_ops& x) {
    begin(kind::ops).number(x.ops.size());
    for (const auto& op : x.ops) {
      out.number(op.seq).number(static_cast<uint64_t>(op.what));
      append(out, op.entry);
    }
  }

  void operator()(const presence_part& x) {
    begin(kind::part).number(x.seq).number(x.index).number(x.count).number(x.entries.size());
    for (const auto& entry : x.entries)
      append(out, entry);
  }

  field_writer& begin(kind what) { return out.number(static_cast<uint64_t>(what)); }
};

// -- decoding -----------------------------------------------------------------

// A `phx_ref` of `origin_log`, which consists of a few letters and digits; empty for an entry with only an id.
bool is_ref(const std::string& text) {
  constexpr size_t longest = 64;
  return text.size() <= longest && std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7F; });
}

// A meta that is not the text of a JSON object becomes an empty object. What it has in the place of refs is dropped, as
// when a meta is tracked, and so is white space, because the refs are written into its text.
payload read_meta(std::string_view text) {
  auto own = is_json(text) ? without_json_members(text, {"phx_ref", "phx_ref_prev"}) : std::nullopt;
  return own ? payload::from_text(std::move(*own)) : payload{};
}

// Messages of other nodes are repaired rather than refused, because a log with a hole would hide all later changes of
// its node. Ids and refs, which identify entries, must be valid.
presence_entry read_entry(field_reader& in) {
  presence_entry x;
  x.id = in.number();
  x.topic = presence_topic::repaired(in.text());
  x.key = presence_key::repaired(in.text());
  x.meta.body = read_meta(in.text());
  x.meta.ref = in.text();
  x.meta.prev = in.text();
  if (!is_ref(x.meta.ref) || !is_ref(x.meta.prev))
    in.fail();
  return x;
}

presence_op read_op(field_reader& in) {
  presence_op op;
  op.seq = in.number();
  const auto what = in.number();
  if (what > static_cast<uint64_t>(presence_op::kind::leave))
    in.fail();
  op.what = static_cast<presence_op::kind>(what);
  op.entry = read_entry(in);
  return op;
}

std::optional<presence_message> read_message(field_reader& in) {
  switch (static_cast<kind>(in.number())) {
    case kind::digest: {
      const auto seq = in.number();
      return presence_digest{seq, in.number()};
    }
    case kind::ops:
      return presence_ops{read_list(in, read_op)};
    case kind::want: {
      const auto applied = in.number();
      return presence_want{applied, in.number() != 0};
    }
    case kind::part: {
      presence_part x;
      x.seq = in.number();
      x.index = static_cast<uint32_t>(in.number());
      x.count = static_cast<uint32_t>(in.number());
      x.entries = read_list(in, read_entry);
      return x;
    }
    case kind::goodbye:
      return presence_goodbye{};
  }
  return std::nullopt;
}

} // namespace

void append_presence_message(std::string& out, size_t shard, const presence_message& x) {
  std::visit(content_writer{field_writer{out}.number(shard)}, x);
}

std::optional<std::pair<size_t, presence_message>> parse_presence_message(std::string_view content) {
  field_reader in{content};
  const auto shard = in.number();
  auto result = read_message(in);
  if (!result || in.failed())
    return std::nullopt;
  return std::pair{static_cast<size_t>(shard), std::move(*result)};
}

} // namespace bennu::engine
