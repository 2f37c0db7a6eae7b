#include "transport/observer/page_of_rows.hpp"

namespace bennu::engine {

page_query page_query::read(const nlohmann::json& params, std::initializer_list<std::string_view> sorts) {
  const param_reader in{params};
  page_query result;
  result.offset = in.number("offset", 0, 0, max_offset);
  result.limit = in.number("limit", result.limit, 0, max_limit);
  result.search = in.text("search");
  result.sort = in.text("sort", std::string{*sorts.begin()});
  result.descending = in.flag("descending");
  if (std::find(sorts.begin(), sorts.end(), result.sort) != sorts.end())
    return result;
  std::string all;
  for (const auto x : sorts)
    all += (all.empty() ? "" : ", ") + std::string{x};
  throw wrong_params("sort must be one of " + all);
}

nlohmann::json page_json(size_t total, size_t matches, nlohmann::json rows) {
  return {{"total", total}, {"matches", matches}, {"rows", std::move(rows)}};
}

} // namespace bennu::engine
