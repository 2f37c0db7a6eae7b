#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "actors/cluster/names/name_table.hpp"

namespace bennu::engine {

/// Several kinds of shared names as one: what a node says about its names and about its groups goes in the same
/// packets. Each kind takes the entries whose names begin with its own prefix and skips the others, so that a node of
/// an older release is not disturbed by a kind that it does not know.
///
/// Thread safety: constant once sessions begin; then that of the kinds.
class name_carriers final : public shared_names {
public:
  void add(std::shared_ptr<shared_names> x) { all_.push_back(std::move(x)); }
  bool empty() const noexcept { return all_.empty(); }

  std::vector<name_entry> own() const override {
    std::vector<name_entry> result;
    for (const auto& x : all_)
      for (auto& entry : x->own())
        result.push_back(std::move(entry));
    return result;
  }

  void receive(const std::string& node, const names_message& packet) override {
    for (const auto& x : all_)
      x->receive(node, packet);
  }

  void lost(const std::string& node) override {
    for (const auto& x : all_)
      x->lost(node);
  }

private:
  std::vector<std::shared_ptr<shared_names>> all_;
};

} // namespace bennu::engine
