#pragma once

#include <type_traits>

#include <caf/allowed_unsafe_message_type.hpp>

namespace bennu::engine {

/// A message of an engine that never leaves its node, so that CAF need not know how to serialize it:
///
///     struct wake {
///       using local_message = void;
///     };
template <class T>
concept is_local_message = requires {
  typename T::local_message;
};

} // namespace bennu::engine

template <bennu::engine::is_local_message T>
struct caf::allowed_unsafe_message_type<T> : std::true_type {};
