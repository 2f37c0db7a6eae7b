#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "actors/cluster/link/link.hpp"
#include "actors/cluster/names/name_table.hpp"
#include "supervision/lookup/group_board.hpp"
#include <bennu/actors/checked_text.hpp>

namespace bennu::engine {

/// The rule for the name of a group in a cluster. 255 bytes: as for names.
inline constexpr text_rule group_name_rule{.name = "the name of a group", .max_bytes = 255};

/// Exchanges the groups of a node with the other nodes. A membership travels like a name: its entry is called
/// `group:` and the group, and its number stands where a name has its age. An entry without an actor ends the
/// membership with that number.
///
/// When a session begins, each side sends all of its memberships, later the changes in their order; when it ends, the
/// memberships of the other side end here. What a peer says under a name that breaks the rule is skipped.
///
/// Thread safety: any thread. Locks: that of the board comes before those of the link.
class shared_groups final : public shared_names, public group_peers {
public:
  static constexpr std::string_view prefix = "group:";

  shared_groups(std::shared_ptr<group_board> board, cluster_link& link) : board_(std::move(board)), link_(link) {}

  // -- shared_names -----------------------------------------------------------

  std::vector<name_entry> own() const override;
  void receive(const std::string& node, const names_message& x) override;
  void lost(const std::string& node) override;

  // -- group_peers ------------------------------------------------------------

  void require_valid(const std::string& group) const override;
  void tell(const group_entry& change) override;

private:
  std::shared_ptr<group_board> board_;
  cluster_link& link_;
};

} // namespace bennu::engine
