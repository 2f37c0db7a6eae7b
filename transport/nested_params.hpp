#pragma once

#include <string_view>

#include <bennu/actors/fwd.hpp>

namespace bennu {

/// The pairs of a query string as Phoenix sees them: `a[b][0]=1&c[]=2&c[]=3` is `{"a":{"b":{"0":"1"}},"c":["2","3"]}`.
///
///     connect_result connect(const connect_info& info) override {
///       const auto params = bennu::nested_params(info.uri);
///
/// Every value is a string. Of two that contradict each other (`a=1&a[b]=2`) the later counts. A name whose brackets do
/// not close is a name as any other. Below 32 levels of brackets the rest of a name is dropped. Source:
/// Plug.Conn.Query.
///
/// @param query the part behind the `?`, or a whole target: `connect_info::uri`
/// @returns an empty object where nothing can be decoded. Any thread.
json nested_params(std::string_view query);

} // namespace bennu
