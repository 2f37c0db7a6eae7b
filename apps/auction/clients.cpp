#include <chrono>
#include <utility>

#include <caf/all.hpp>

#include "apps/auction/auction.hpp"
#include <bennu/actors/channel.hpp>
#include <bennu/actors/checked_text.hpp>

namespace auction {

namespace {

using bennu::json;
using namespace std::chrono_literals;
using after_join = caf::atom_constant<caf::atom("afterjoin")>;

constexpr bennu::text_rule name_rule{.name = "your name", .max_bytes = 40};

class bidder_socket : public bennu::socket {
public:
  explicit bidder_socket(keys_ptr keys) : keys_(std::move(keys)) {}

  bennu::connect_result connect(const bennu::connect_info& info) override {
    const auto token = info.auth_token.empty() ? std::string{info.param("token")} : info.auth_token;
    const auto checked = keys_->verify(token, {.issuer = "auction"});
    const auto* claims = std::get_if<json>(&checked);
    if (claims == nullptr)
      return bennu::connect_refused{403, "sign in again"};
    name_ = claims->at("sub");
    return bennu::connected{.expires_after = bennu::jwt_time_left(*claims)};
  }

  std::string id() const override { return "bidder:" + name_; }
  const std::string& name() const { return name_; }

private:
  keys_ptr keys_;
  std::string name_;
};

class auction_channel : public bennu::channel_of<auction_channel> {
public:
  auction_channel(bennu::channel_context context, bennu::node& home) : channel_of(context), home_(home) {}

  bennu::join_result join(const json&) override {
    self()->send(self(), after_join::value); // nothing can be pushed before the client has joined
    return bennu::accept{};
  }

  caf::message_handler handle_info() override {
    return {[this](after_join) {
      presence().track(me(), json::object());
      push("presence_state", presence().list());
      self()->request(keeper_of(home_), 5s, lot{.id = std::string{subtopic()}}).then([this](const lot& x) {
        if (x.title.empty()) {
          push("no_such_lot");
          return stop();
        }
        push("lot", x.to_json(0));
      });
    }};
  }

  static bennu::events<auction_channel> events_in() { return {{"bid", &auction_channel::placed}}; }

private:
  const std::string& me() const { return socket_as<bidder_socket>().name(); }

  bennu::reply placed(const json& in) {
    const bid mine{me(), in.at("cents").get<int64_t>()};
    const auto auction = auction_of(home_, std::string{subtopic()});
    if (!auction)
      return bennu::reply::error({{"reason", "not_running"}});
    auto decided = [later = defer(), mine](const lot& x) mutable {
      if (x.leader == mine.who && x.cents == mine.cents)
        return later.ok(x.to_json(0));
      later.error({{"reason", x.refusal(mine, 0)}, {"least", x.least()}});
    };
    auto lost = [later = defer()](const caf::error&) mutable { later.error({{"reason", "no_answer"}}); };
    self()->request(auction, 5s, mine).then(decided, lost);
    return bennu::reply::none();
  }

  bennu::node& home_;
};

} // namespace

bennu::http_handler login(keys_ptr keys, const lots& all) {
  json names = json::array();
  for (const auto& x : all)
    names.push_back({{"id", x.id}, {"title", x.title}});
  return [keys, names](const bennu::http_request& request, const bennu::http_reply& reply) {
    const auto form = json::parse(request.body, nullptr, false);
    const auto name = form.is_object() ? form.value("name", json{}) : json{};
    const auto text = name.is_string() ? name.get<std::string>() : "";
    const std::optional<std::string> missing{"your name is missing"};
    if (const auto problem = text.empty() ? missing : name_rule.problem(text))
      return reply(bennu::http_response::json(422, json{{"error", *problem}}.dump()));
    // A real auction asks for a password here (in a blocking_pool), or leaves this to an identity provider.
    const json answer = {
      {"name", text}, {"lots", names}, {"token", keys->sign({{"sub", text}, {"iss", "auction"}}, 8h)}};
    reply(bennu::http_response::json(200, answer.dump()));
  };
}

bennu::endpoint clients(bennu::node& home, keys_ptr keys) {
  return bennu::endpoint{"/socket"}
    .serve<bidder_socket>({}, std::move(keys))
    .channel<auction_channel>("auction:*", {.limits = {.events = bennu::rate::per_second(10)}}, std::ref(home));
}

} // namespace auction
