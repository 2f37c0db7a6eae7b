#include "apps/chat/database_watch.hpp"

#include <chrono>
#include <utility>

#include <caf/atom.hpp>
#include <caf/send.hpp>
#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

#include "apps/chat/http_answers.hpp"
#include <bennu/supervision/process.hpp>

namespace chat {

namespace {

using look = caf::atom_constant<caf::atom("look")>;
using looked = caf::atom_constant<caf::atom("looked")>;

constexpr std::chrono::seconds when_well{10}, when_not{2};

class database_watch_actor : public bennu::process {
public:
  database_watch_actor(caf::actor_config& config, std::shared_ptr<database> place, services_ptr shared)
    : process(config), place_(std::move(place)), shared_(std::move(shared)) {}

  std::string label() const override { return "database watch"; }

protected:
  caf::behavior make_behavior() override {
    delayed_send(this, when_well, look::value);
    return {
      [this](look) {
        shared_->storage.ask([](store& s) { return s.check(); },
                             [me = caf::actor_cast<caf::actor>(this), place = place_](const auto& x) {
                               if (!x)
                                 place->health.failed(true, x.failure().text); // also when the pool gave no answer
                               caf::anon_send(me, looked::value);
                             },
                             "watch");
      },
      [this](looked) { delayed_send(this, place_->health.trouble().empty() ? when_well : when_not, look::value); },
    };
  }

private:
  const std::shared_ptr<database> place_;
  const services_ptr shared_;
};

void log_trouble(const std::string& trouble) {
  if (trouble.empty())
    spdlog::warn("the database serves again");
  else
    spdlog::error("the database does not serve; clients receive \"unavailable\" until it does: {}", trouble);
}

} // namespace

bennu::child_spec database_watch(const std::shared_ptr<database>& place, const services_ptr& shared) {
  place->health.listen(log_trouble);
  return {"database watch",
          [place, shared](caf::event_based_actor* parent, const bennu::start_cause&) -> bennu::start_result {
            return caf::actor{parent->spawn<database_watch_actor>(place, shared)};
          }};
}

bennu::http_handler health_with_database(bennu::http_handler node, std::shared_ptr<database> place) {
  return [node = std::move(node), place = std::move(place)](bennu::http_request request, bennu::http_reply reply) {
    const bool wants_ready = request.path == "/health/ready";
    auto told = [place, wants_ready, reply = std::move(reply)](bennu::http_response said) {
      if (said.status == 200 && !place->health.trouble().empty()) {
        auto body = json::parse(said.body);
        body["ready"] = false;
        body["database"] = "unavailable"; // the cause is only logged, because anybody may ask here
        if (wants_ready)
          body["status"] = "unavailable";
        said = answer(wants_ready ? 503 : 200, body);
      }
      reply(std::move(said));
    };
    node(std::move(request), std::move(told));
  };
}

} // namespace chat
