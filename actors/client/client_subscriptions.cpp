#include "actors/client/client_subscriptions.hpp"

#include <utility>

#include <caf/make_counted.hpp>

#include "actors/client/connection.hpp"
#include "actors/client/unit_services.hpp"

namespace bennu::engine {

/// The client's place among the subscribers of one topic.
class client_subscriptions::one final : public subscriber {
public:
  explicit one(const client_subscriptions& of) noexcept : of_(of) {}

  void receive_broadcast(const broadcast& x) override {
    if (const auto& bytes = x.encoded(of_.client_.format()))
      of_.client_.send(bytes);
  }

  void receive_placed(const broadcast& x) override {
    if (!x.is_old())
      of_.client_.send_placed(x);
  }

private:
  const client_subscriptions& of_;
};

client_subscriptions::client_subscriptions(connection& of) noexcept : client_(of), table_(of.unit().lane.subscribers) {}

bool client_subscriptions::add(std::string_view topic, size_t max) {
  if (all_.find(topic) != all_.end())
    return true;
  if (all_.size() >= max)
    return false;
  const auto added = all_.emplace(topic, caf::make_counted<one>(*this)).first;
  if (has_begun_)
    table_.add(added->first, *added->second);
  return true;
}

bool client_subscriptions::remove(std::string_view topic) {
  const auto found = all_.find(topic);
  if (found == all_.end())
    return false;
  if (has_begun_)
    table_.remove(found->first, *found->second);
  all_.erase(found);
  return true;
}

void client_subscriptions::begin() {
  if (std::exchange(has_begun_, true))
    return;
  for (const auto& [topic, place] : all_)
    table_.add(topic, *place);
}

void client_subscriptions::end() {
  if (std::exchange(has_begun_, false))
    for (const auto& [topic, place] : all_)
      table_.remove(topic, *place);
  all_.clear();
}

std::vector<std::string> client_subscriptions::topics() const {
  std::vector<std::string> result;
  for (const auto& [topic, place] : all_)
    result.push_back(topic);
  return result;
}

} // namespace bennu::engine
