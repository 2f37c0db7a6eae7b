#pragma once

#include <concepts>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <bennu/actors/fwd.hpp>
#include <bennu/actors/payload.hpp>
#include <bennu/actors/reply.hpp>

namespace bennu {

/// The events that a channel class handles, by name. One immutable table serves all channels of the class.
///
/// Complexity: a lookup compares the names one by one. Channels have few events, so that this is faster than hashing.
/// Thread safety: any thread may read it.
class event_table {
public:
  using handler = std::function<reply(channel&, const payload&)>;

  event_table() = default;

  /// @returns the handler of `event`, or null when the table does not list the event.
  const handler* find(std::string_view event) const noexcept {
    for (auto& [name, run] : entries_)
      if (name == event)
        return &run;
    return nullptr;
  }

  bool contains(std::string_view event) const noexcept { return find(event) != nullptr; }
  bool empty() const noexcept { return entries_.empty(); }

protected:
  std::vector<std::pair<std::string, handler>> entries_;
};

/// The table of the channel class `C`. A handler takes `(C&, const payload&)` or `(C&, const json&)`. It returns a
/// `reply`, or `void`, which means `reply::none()`:
///
///     static const bennu::events<room> table = {
///       {"ping", [](room&, const json& in) { return reply::ok(in); }},
///       {"typing", [](room& self, const json& in) { self.broadcast_from("typing", in); }},
///     };
///
/// When a handler that takes `const json&` receives a binary payload, `std::invalid_argument` is thrown and the channel
/// crashes, as it does in Phoenix when no clause of `handle_in` matches.
template <class C>
class events : public event_table {
public:
  struct entry {
    template <class F>
    entry(std::string event, F f) : name(std::move(event)), run(wrap(std::move(f))) {}

    std::string name;
    handler run;
  };

  events(std::initializer_list<entry> entries) {
    for (auto& x : entries)
      entries_.emplace_back(x.name, x.run);
  }

  /// All entries of `base`, then those of `more`. An entry of `base` wins over one of the same name in `more`.
  events(const events& base, std::initializer_list<entry> more) : events(more) {
    entries_.insert(entries_.begin(), base.entries_.begin(), base.entries_.end());
  }

private:
  template <class F>
  static handler wrap(F f) {
    if constexpr (std::is_invocable_v<F&, C&, const payload&>)
      return [f = std::move(f)](channel& self, const payload& in) mutable -> reply {
        return call(f, static_cast<C&>(self), in);
      };
    else
      return [f = std::move(f)](channel& self, const payload& in) mutable -> reply {
        return call(f, static_cast<C&>(self), in.value());
      };
  }

  template <class F, class In>
  static reply call(F& f, C& self, const In& in) {
    static_assert(std::is_invocable_v<F&, C&, const In&>, "a handler takes (C&, const payload&) or (C&, const json&)");
    using result = std::invoke_result_t<F&, C&, const In&>;
    static_assert(std::same_as<result, reply> || std::is_void_v<result>, "a handler returns reply or void");
    if constexpr (std::is_void_v<result>) {
      f(self, in);
      return reply::none();
    } else {
      return f(self, in);
    }
  }
};

} // namespace bennu
