#pragma once

#include <string>
#include <type_traits>
#include <typeinfo>

#include <caf/actor_system_config.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/make_message.hpp>

/// Declares an application's own type as a message, which actors can send each other and `handle_info` can handle.
///
///     namespace shop {
///     struct seats { int free; };
///     }
///     BENNU_MESSAGE(shop::seats)
///
/// Write it after the definition, in the namespace of the type or outside of all namespaces. REQUIRES: the type can be
/// copied.
///
/// Such a message is sent within its node. If the type has an `inspect` function (CAF's, which lists the members)
/// before the macro, it is also sent between nodes, for instance to an actor with a `global:` name; it then needs a
/// default constructor.
#define BENNU_MESSAGE(type)                                                                        \
  [[maybe_unused]] constexpr void bennu_message_of(const type*, ::bennu_message_scope) noexcept {} \
  [[maybe_unused]] static const bool BENNU_MESSAGE_NAME(__COUNTER__) = ::bennu::engine::declare_message<type>();

/// For `BENNU_MESSAGE`: a name that occurs once in a file.
#define BENNU_MESSAGE_NAME(number) BENNU_MESSAGE_PASTE(bennu_message_, number)

/// For `BENNU_MESSAGE_NAME`: one name of two parts.
#define BENNU_MESSAGE_PASTE(a, b) a##b

/// Lets argument-dependent look-up find the macro's function outside of all namespaces, too.
struct bennu_message_scope {};

namespace bennu {

/// Registers all messages that are sent between nodes. Call it before the actor system is created; `load_cluster` does
/// so.
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
