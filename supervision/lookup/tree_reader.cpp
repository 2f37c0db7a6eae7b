#include "supervision/lookup/tree_reader.hpp"

#include <typeinfo>
#include <utility>

#include <caf/atom.hpp>

#include "supervision/process/crash_report.hpp"

namespace bennu::engine {

namespace {

// Uses neither the behavior of the actor nor its virtual `label`, because the actor may be running on another thread.
// `detail` exists for this.
void look_from_outside(const caf::actor& whom, tree_node& at) {
  auto* actor = caf::actor_cast<caf::abstract_actor*>(whom);
  at.actor = actor->id();
  at.label = type_label(typeid(*actor));
  if (auto* x = dynamic_cast<const process*>(actor)) {
    at.mailbox_depth = x->mailbox_depth();
    at.mailbox_high_water = x->mailbox_high_water();
    at.detail = x->detail();
  }
}

} // namespace

tree_reader::tree_reader(caf::actor_config& cfg, caf::actor root, tree_options options,
                         std::function<void(tree_node)> then)
  : process(cfg), root_(std::move(root)), options_(options), done_(std::move(then)) {}

caf::behavior tree_reader::make_behavior() {
  tree_.id = "root";
  tree_.type = child_type::supervisor;
  ++open_; // no answer may complete the reading before all children are asked
  visit(root_, tree_);
  answered();
  return {[](caf::unit_t) {}};
}

void tree_reader::visit(const caf::actor& whom, tree_node& at) {
  if (!whom)
    return;
  look_from_outside(whom, at);
  if (at.type == child_type::supervisor)
    ask_supervisor(whom, at);
  else
    ask_worker(whom, at);
}

void tree_reader::ask_supervisor(const caf::actor& whom, tree_node& at) {
  auto failed = [this, &at](const caf::error& why) {
    at.answers = why != caf::sec::request_timeout;
    answered();
  };
  open_ += 2;
  request(whom, options_.patience, get_supervisor_command{})
    .then(
      [this, &at](const supervisor_info& x) {
        at.label = x.name;
        if (&at == &tree_) {
          at.id = x.name;
          at.restarts_left = x.restarts_left;
        }
        answered();
      },
      failed);
  request(whom, options_.patience, list_children_command{.limit = options_.max_children})
    .then([this, &at](children_part& part) { found(part, at); }, failed);
}

void tree_reader::ask_worker(const caf::actor& whom, tree_node& at) {
  ++open_;
  request(whom, options_.patience, caf::sys_atom::value, caf::get_atom::value, std::string{"info"})
    .then([this](caf::ok_atom, const std::string&, const caf::strong_actor_ptr&, const std::string&) { answered(); },
          [this, &at](const caf::error& why) {
            at.answers = why != caf::sec::request_timeout;
            answered();
          });
}

void tree_reader::found(children_part& part, tree_node& at) {
  at.hidden = part.total - part.rows.size();
  at.children.resize(part.rows.size());
  const auto now = clock().now();
  for (size_t i = 0; i < part.rows.size(); ++i) {
    auto& from = part.rows[i];
    auto& to = at.children[i];
    to.id = std::move(from.id);
    to.type = from.type;
    to.state = from.state;
    to.since = std::chrono::duration_cast<std::chrono::milliseconds>(now - from.since);
    to.restarts = from.restarts;
    to.restarts_left = from.restarts_left;
    to.last_crash = std::move(from.last_crash);
    visit(from.actor, to);
  }
  answered();
}

void tree_reader::answered() {
  if (--open_ > 0)
    return;
  root_ = nullptr;
  done_(std::move(tree_));
  quit();
}

} // namespace bennu::engine
