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

namespace bennu::engine {

enum class handler_form { wrong, takes_payload, takes_json };

template <class R, class C, class In>
std::type_identity<In> input_of(R (*)(C, In));
template <class R, class C, class In>
std::type_identity<In> input_of(std::function<R(C, In)>);

/// The declared type of the second parameter of a function, or of an object with a single call operator; nothing for
/// other types.
template <class F>
concept tells_input = requires(F f) {
  input_of(std::function{f});
};

// The same for a lambda whose first parameter is `auto&`.
template <class R, class F, class C, class In>
std::type_identity<In> input_of_call(R (F::*)(C&, In));
template <class R, class F, class C, class In>
std::type_identity<In> input_of_call(R (F::*)(C&, In) const);

template <class F, class C>
concept tells_input_for = requires {
  input_of_call(&F::template operator()<C>);
};

template <class In>
constexpr bool is_input = std::same_as<std::remove_cvref_t<In>, json> || std::same_as<std::remove_cvref_t<In>, payload>;

// JSON converts implicitly to any type and throws when it cannot: `[](room&, int)` would compile and fail at run
// time.
template <class F, class C>
constexpr bool converts_input() {
  if constexpr (tells_input<F>)
    return !is_input<typename decltype(input_of(std::function{std::declval<F>()}))::type>;
  else if constexpr (tells_input_for<F, C>)
    return !is_input<typename decltype(input_of_call(&F::template operator()<C>))::type>;
  else
    return false;
}

template <class F, class C>
constexpr handler_form form_of_handler() {
  if (converts_input<F, C>())
    return handler_form::wrong;
  if (std::is_invocable_v<F&, C&, const payload&>)
    return handler_form::takes_payload;
  return std::is_invocable_v<F&, C&, const json&> ? handler_form::takes_json : handler_form::wrong;
}

template <class F, class C, handler_form Form>
constexpr bool returns_reply() {
  using input = std::conditional_t<Form == handler_form::takes_payload, const payload&, const json&>;
  using result = typename std::invoke_result<F&, C&, input>::type;
  return std::is_void_v<result> || std::same_as<result, reply>;
}

} // namespace bennu::engine

namespace bennu {

/// The events that a channel class handles, by name. One immutable table serves all channels of the class.
///
/// Complexity: a lookup compares the names one by one. Channels have few events, so that this is faster than hashing.
/// Thread safety: any thread may read it.
class event_table {
public:
  /// Handles an event of a channel. It runs in the channel and must not block; what it throws crashes the channel.
  using handler = std::function<reply(channel&, const payload&)>;

  event_table() = default;

  /// @returns the handler of `event`, or null when the table does not list the event.
  const handler* find(std::string_view event) const noexcept {
    for (auto& [name, run] : entries_)
      if (name == event)
        return &run;
    return nullptr;
  }

  /// Whether the table lists the event.
  bool contains(std::string_view event) const noexcept { return find(event) != nullptr; }
  bool empty() const noexcept { return entries_.empty(); } ///< whether the table lists no event

protected:
  /// Adds an entry; of two with the same name the first counts.
  void add(const std::string& event, const handler& run);

  std::vector<std::pair<std::string, handler>> entries_; ///< in the order in which they were added
};

/// The table of the channel class `C`. A handler takes `(C&, const payload&)` or `(C&, const json&)`. It returns a
/// `reply`, or `void`, which means `reply::none()`:
///
///     static const bennu::events<room> table = {
///       {"ping", [](room&, const json& in) { return reply::ok(in); }},
///       {"typing", [](room& self, const json& in) { self.broadcast_from("typing", in); }},
///       {"new_msg", &room::new_msg},
///     };
///
/// See `channel_of` for a form without the `static`.
///
/// When a handler that takes `const json&` receives a binary payload, `std::invalid_argument` is thrown and the channel
/// crashes, as it does in Phoenix when no clause of `handle_in` matches.
template <class C>
class events : public event_table {
public:
  /// One event with its handler; its constructor turns both forms of handlers into one.
  struct entry {
    template <class F>
    /// @param f a function of `(C&, const payload&)` or `(C&, const json&)` that returns a `reply` or nothing
    entry(std::string event, F f) : name(std::move(event)), run(wrap(std::move(f))) {}

    std::string name; ///< the event
    handler run;      ///< calls `f` with the channel as a `C&`
  };

  /// A table with these entries; of two with the same name the first counts.
  events(std::initializer_list<entry> entries) {
    for (auto& x : entries)
      add(x.name, x.run);
  }

  /// All entries of `base`, then those of `more`. An entry of `base` wins over one of the same name in `more`.
  events(const events& base, std::initializer_list<entry> more) : events(base) {
    for (auto& x : more)
      add(x.name, x.run);
  }

private:
  template <class F>
  static handler wrap(F f) {
    constexpr auto form = engine::form_of_handler<F, C>();
    static_assert(
      form != engine::handler_form::wrong,
      "a handler of events is called as (C& channel, const bennu::json& in) or (C& channel, const bennu::payload& in)");
    static_assert(form == engine::handler_form::wrong || engine::returns_reply<F, C, form>(),
                  "a handler of events returns bennu::reply, or nothing for reply::none()");
    if constexpr (form == engine::handler_form::takes_payload)
      return
        [f = std::move(f)](channel& self, const payload& in) mutable { return call(f, static_cast<C&>(self), in); };
    else if constexpr (form == engine::handler_form::takes_json)
      return [f = std::move(f)](channel& self, const payload& in) mutable {
        return call(f, static_cast<C&>(self), in.value());
      };
    else
      return {};
  }

  template <class F, class In>
  static reply call(F& f, C& self, const In& in) {
    using result = std::invoke_result_t<F&, C&, const In&>;
    if constexpr (std::is_void_v<result>) {
      std::invoke(f, self, in);
      return reply::none();
    } else if constexpr (std::same_as<result, reply>) {
      return std::invoke(f, self, in);
    } else {
      return reply::none(); // refused above
    }
  }
};

} // namespace bennu
