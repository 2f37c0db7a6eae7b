#pragma once

#include <string_view>

#include <bennu/actors/fwd.hpp>

namespace bennu {

/// The params of a query string as Phoenix decodes them: `a[b][0]=1&c[]=2&c[]=3` is
/// `{"a":{"b":{"0":"1"}},"c":["2","3"]}`.
///
///     connect_result connect(const connect_info& info) override {
///       const auto params = bennu::nested_params(info.uri);
///
/// Every value is a string. When two pairs contradict each other (`a=1&a[b]=2`), the later one counts. A name whose
/// brackets are not closed is an ordinary name. Below 32 levels of brackets the rest of a name is dropped.
///
/// @param query the part after the `?`, or a whole request target such as `connect_info::uri`
/// @returns an empty object when nothing can be decoded. Thread safety: any thread may call it. Source:
/// Plug.Conn.Query.
json nested_params(std::string_view query);

} // namespace bennu
