#pragma once

#include <string>
#include <type_traits>
#include <typeinfo>

#include <caf/actor_system_config.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/make_message.hpp>

/// Makes `type` a message of one's own: what actors send each other, and what `handle_info` takes.
///
///     namespace shop {
///     struct seats { int free; };
///     }
///     BENNU_MESSAGE(shop::seats)
///
/// Stands after the definition, in the type's own namespace or outside of all. A message can be copied.
///
/// Such a message stays on its node. One with an `inspect` function (CAF's: it lists the members) before the macro also
/// crosses nodes: to an actor behind a `global:` name, for instance. Such a type has a default constructor. No system
/// has to be told of it.
#define BENNU_MESSAGE(type)                                                                        \
  [[maybe_unused]] constexpr void bennu_message_of(const type*, ::bennu_message_scope) noexcept {} \
  [[maybe_unused]] static const bool BENNU_MESSAGE_NAME(__COUNTER__) = ::bennu::engine::declare_message<type>();

#define BENNU_MESSAGE_NAME(number) BENNU_MESSAGE_PASTE(bennu_message_, number)
#define BENNU_MESSAGE_PASTE(a, b) a##b

/// Lets the macro's mark be found outside of all namespaces, too (argument-dependent look-up).
struct bennu_message_scope {};

namespace bennu {

/// Tells a configuration of all messages that cross nodes, before the actor system is made; `application` does.
void add_messages(caf::actor_system_config& config);

} // namespace bennu

namespace bennu::engine {

template <class T>
concept declared_message = requires(const T* x) {
  bennu_message_of(x, ::bennu_message_scope{});
};

void add_message(const std::type_info& type, void (*add)(caf::actor_system_config&, std::string name));

template <class T>
bool declare_message() {
  static_assert(std::is_copy_constructible_v<T>,
                "BENNU_MESSAGE: a message can be copied, since several actors may receive it; "
                "hold what cannot be copied in a std::shared_ptr");
  if constexpr (caf::detail::is_serializable<T>::value) {
    static_assert(std::is_default_constructible_v<T>,
                  "BENNU_MESSAGE: a message that crosses nodes has a default constructor, since it is read into one");
    add_message(typeid(T), [](caf::actor_system_config& config, std::string name) {
      config.add_message_type<T>(std::move(name));
    });
  }
  return true;
}

// What CAF's own check would say in its words, and after it in some hundred lines.
template <class T>
concept no_message =
  std::is_class_v<T> && !caf::detail::is_serializable<T>::value && !caf::allowed_unsafe_message_type<T>::value;

template <class T>
concept uncopied_message = std::is_class_v<T> && !no_message<T> && !std::is_copy_constructible_v<T>;

} // namespace bennu::engine

template <bennu::engine::declared_message T>
requires(!caf::detail::is_serializable<T>::value) struct caf::allowed_unsafe_message_type<T> : std::true_type {
};

template <bennu::engine::no_message T>
struct caf::is_serializable_or_whitelisted<T> {
  static_assert(!std::is_same_v<T, T>,
                "this type is not declared as a message: write BENNU_MESSAGE(type) after its definition "
                "(<bennu/actors/message.hpp>)");
  static constexpr bool value = true;
};

template <bennu::engine::uncopied_message T>
struct caf::is_serializable_or_whitelisted<T> {
  static_assert(!std::is_same_v<T, T>,
                "this message cannot be copied: several actors may receive it; hold what cannot be copied in a "
                "std::shared_ptr");
  static constexpr bool value = true;
};
