#include "transport/serving/tree_end.hpp"

#include <algorithm>
#include <set>

#include <bennu/supervision/exit.hpp>

namespace bennu::engine {

namespace {

// Nested supervisors, and some that failed next to them at the same time.
constexpr size_t max_reports = 16;

constexpr size_t max_text_bytes = 300;

std::string_view verb_of(std::string_view event) {
  if (event == "supervisor.given_up")
    return " gave up \"";
  if (event == "supervisor.start_failed")
    return " could not start \"";
  return event == "supervisor.zombie" ? " left behind, since it did not end, \"" : "";
}

} // namespace

std::shared_ptr<tree_end> tree_end::listening(telemetry& hub, std::function<void(const std::string& why)> on_end) {
  std::shared_ptr<tree_end> result{new tree_end{hub, std::move(on_end)}};
  // weak, because a call that had begun may run after `detach`
  result->subscription_ = hub.attach("supervisor.", [weak = result->weak_from_this()](const telemetry_event& event) {
    if (const auto strong = weak.lock())
      strong->note(event);
  });
  return result;
}

tree_end::~tree_end() {
  hub_.detach(subscription_);
}

void tree_end::expect() {
  std::lock_guard guard{mutex_};
  is_expected_ = true;
}

void tree_end::ended(const caf::error& reason) {
  {
    std::lock_guard guard{mutex_};
    if (std::exchange(is_expected_, true) || !on_end_)
      return;
  }
  on_end_(chain(reason));
}

void tree_end::note(const telemetry_event& event) {
  const auto verb = verb_of(event.name);
  if (verb.empty())
    return;
  std::string supervisor{event.text("supervisor")};
  auto text = supervisor + std::string{verb} + std::string{event.text("id").substr(0, max_text_bytes)} + '"';
  if (const auto kind = event.text("kind"); !kind.empty())
    text += ": " + std::string{kind};
  if (const auto why = event.text("text"); !why.empty())
    text += ": " + std::string{why.substr(0, max_text_bytes)};
  std::lock_guard guard{mutex_};
  if (reports_.size() == max_reports)
    reports_.pop_front();
  reports_.push_back({std::move(supervisor), std::move(text)});
}

std::string tree_end::chain(const caf::error& reason) const {
  auto result = to_string(classify(reason));
  std::set<std::string> told; // the newest report of each supervisor led to its end
  std::lock_guard guard{mutex_};
  for (auto x = reports_.rbegin(); x != reports_.rend(); ++x)
    if (told.insert(x->supervisor).second)
      result += "; " + x->text;
  return result;
}

} // namespace bennu::engine
