#include "transport/longpoll/longpoll.hpp"

#include <algorithm>
#include <charconv>
#include <memory>
#include <utility>

#include "actors/client/connection.hpp"
#include "transport/auth/random.hpp"
#include "transport/http/uri.hpp"
#include "transport/io/connection_slot.hpp"
#include "transport/io/unit_sockets.hpp"
#include "transport/longpoll/body.hpp"

namespace bennu::engine {

namespace {

constexpr std::string_view purpose = "longpoll";

// The limit for a body that is read although nothing uses it. 64 KiB: a client whose session has ended may be posting
// its last batch.
constexpr uint64_t max_strange_body_bytes = 64 << 10;

// Two weeks, as in Phoenix: a silent session ends long before.
constexpr auto max_token_age = std::chrono::hours{24 * 14};

// Newer clients send it in a header, which no log keeps; others as a parameter after those of the application, one of
// which may have the same name. The last one counts, as everywhere.
std::string token_of(const http_request& request) {
  if (const auto header = request.header("X-Phoenix-Longpoll-Token"); !header.empty())
    return std::string{header};
  std::string last;
  for (auto& [name, value] : parse_query(request.query).value_or(query_pairs{}))
    if (name == "token")
      last = value;
  return last;
}

// Lets a page of any origin read an error of the server.
http_response readable(http_response x) {
  x.headers.emplace_back("Access-Control-Allow-Origin", "*");
  return x;
}

http_response preflight(const http_request& request) {
  http_response result;
  result.headers = {{"Access-Control-Allow-Origin", "*"},
                    {"Access-Control-Allow-Headers", std::string{request.header("Access-Control-Request-Headers")}},
                    {"Access-Control-Allow-Methods", "get, post, options"},
                    {"Access-Control-Max-Age", "3600"}};
  return result;
}

} // namespace

http_response longpoll_response(std::string body) {
  auto result = http_response::json(200, std::move(body));
  result.headers = {{"Content-Type", "application/json; charset=utf-8"},
                    {"Cache-Control", "no-store"},
                    {"Access-Control-Allow-Origin", "*"}};
  return result;
}

longpoll::longpoll(peer self, node_calls& calls, const client_admission& by, const http_service& service,
                   const std::vector<unit_sockets*>& units, std::string secret)
  : self_(std::move(self)), calls_(calls), admission_(by), service_(service),
    keys_({secret.empty() ? random_text() + random_text() : std::move(secret)}) {
  for (auto* unit : units)
    tables_.emplace_back(*unit);
  calls_.serve(call_service::longpoll, [this](std::string body, node_calls::give_answer answer) {
    serve_relayed(std::move(body), std::move(answer));
  });
}

size_t longpoll::sessions() const noexcept {
  size_t result = 0;
  for (const auto& x : tables_)
    result += x.count.load(std::memory_order_relaxed);
  return result;
}

request_gate::verdict longpoll::judge(const http_request& head) const {
  // Phoenix answers 400 to what is too large.
  const auto up_to = [](uint64_t bytes) { return body_terms{bytes, 400}; };
  const auto largest = service_.options.max_body_bytes;
  if (head.method != "POST")
    return up_to(max_strange_body_bytes);
  if (place_of(token_of(head)))
    return up_to(largest);
  uint64_t announced = 0;
  const auto length = head.header("Content-Length");
  std::from_chars(length.data(), length.data() + length.size(), announced);
  if (announced > max_strange_body_bytes && announced <= largest)
    return longpoll_response(status_answer(410));
  return up_to(std::min(max_strange_body_bytes, largest));
}

void longpoll::serve(unit_sockets& here, const endpoint& via, http_request request, http_reply reply) {
  if (!parse_query(request.query))
    return reply(bad_query());
  if (!admission_.admits_origin(via, request))
    return reply(longpoll_response(status_answer(403)));
  if (request.method == "OPTIONS")
    return reply(preflight(request));
  if (request.method == "GET")
    return poll(here, via, std::move(request), std::move(reply));
  if (request.method == "POST")
    return publish(via, std::move(request), std::move(reply));
  reply(http_response::text(400, ""));
}

void longpoll::poll(unit_sockets& here, const endpoint& via, http_request request, http_reply reply) {
  auto shared = std::make_shared<http_request>(std::move(request));
  auto anew = [this, &here, &via, shared, reply] { open(here, via, *shared, reply); };
  const auto token = token_of(*shared);
  const auto where = place_of(token);
  if (!where)
    return anew();
  if (!is_here(*where))
    return relay(*where, *shared, token, via.options().longpoll_window, reply, anew);
  auto& unit = here.unit();
  find(*where, [&unit, anew, reply = std::move(reply)](longpoll_session* session) {
    session != nullptr ? session->poll(reply) : unit.post(anew);
  });
}

void longpoll::publish(const endpoint& via, http_request request, http_reply reply) const {
  auto shared = std::make_shared<http_request>(std::move(request));
  auto refuse = [reply] { reply(longpoll_response(status_answer(410))); };
  const auto token = token_of(*shared);
  const auto where = place_of(token);
  if (!where)
    return refuse();
  if (!is_here(*where))
    return relay(*where, *shared, token, via.options().longpoll_window, reply, refuse);
  find(*where, [shared, refuse, reply](longpoll_session* session) {
    session != nullptr ? session->publish(shared->header("Content-Type"), shared->body, reply) : refuse();
  });
}

void longpoll::open(unit_sockets& here, const endpoint& via, const http_request& request, const http_reply& reply) {
  auto result = admission_.admit(via, request, transport_kind::longpoll);
  if (auto* refused = std::get_if<http_response>(&result))
    return reply(refused->status >= 500 ? readable(std::move(*refused))
                                        : longpoll_response(refusal_answer(refused->status, refused->body)));
  auto slot = connection_slot::take(service_.clients);
  if (!slot) {
    limit_hit(here.services().shared.system, "connections");
    return reply(readable({503, {{"Retry-After", "1"}}, {}}));
  }
  auto of_address = service_.place_for(request.peer_address);
  if (!of_address)
    return reply(readable({429, {{"Retry-After", "1"}}, {}}));
  slot.of_address = std::move(*of_address);
  auto& let_in = std::get<admission>(result);
  auto id = random_text();
  auto token = keys_.sign(purpose, std::to_string(here.unit().index()) + ":" + id + ":"
                                     + std::to_string(self_.incarnation) + ":" + self_.name);
  auto& table = tables_[here.unit().index()];
  auto session = caf::make_counted<longpoll_session>(table, via, std::move(id), token, std::move(slot));
  auto client = caf::make_counted<connection>(via, here.services(), session, *let_in.format, std::move(let_in.user),
                                              std::move(let_in.id));
  client->start(let_in.terms, std::move(let_in.place), std::move(let_in.from));
  session->start(std::move(client));
  reply(longpoll_response(poll_answer(410, token, {})));
}

// -- where sessions are -------------------------------------------------------

// `UNIT:ID:INCARNATION:NODE`
std::optional<longpoll::place> longpoll::place_of(std::string_view token) const {
  const auto verified = keys_.verify(purpose, token, max_token_age);
  const auto* data = std::get_if<std::string>(&verified);
  if (data == nullptr) {
    suspect(token);
    return std::nullopt;
  }
  std::string_view rest{*data};
  auto next = [&rest] {
    const auto part = rest.substr(0, rest.find(':'));
    rest.remove_prefix(std::min(rest.size(), part.size() + 1));
    return part;
  };
  place result;
  auto number = [&next](auto& to) {
    const auto digits = next();
    return std::from_chars(digits.data(), digits.data() + digits.size(), to).ec == std::errc{};
  };
  if (!number(result.unit))
    return std::nullopt;
  result.id = next();
  if (!number(result.node.incarnation))
    return std::nullopt;
  result.node.name = rest;
  return result;
}

void longpoll::suspect(std::string_view token) const {
  const auto made = token_keys::claimed_time(token);
  // A token counts milliseconds.
  if (!made || *made <= std::chrono::floor<std::chrono::milliseconds>(started_) || *made > token_keys::clock::now())
    return;
  const auto tokens = suspicions_.add(std::chrono::steady_clock::now());
  auto* hub = telemetry::listening(tables_.front().home.services().shared.system);
  if (tokens > 0 && hub != nullptr)
    hub->emit(
      "longpoll.unexpected_token", {{"tokens", static_cast<int64_t>(tokens)}},
      {{"advice", "polling clients have tokens that this server did not sign: they are forged, or another server "
                  "behind the same balancer has signed them; such servers need the same secret (--secret-file), or "
                  "each client must stay with one of them"}});
}

bool longpoll::is_here(const place& x) const {
  return x.node == self_;
}

void longpoll::find(const place& at, std::function<void(longpoll_session*)> found) const {
  if (at.unit >= tables_.size())
    return found(nullptr);
  auto& table = tables_[at.unit];
  auto& unit = table.home.unit();
  auto look = [&table, id = at.id, found = std::move(found)] {
    const auto i = table.sessions.find(id);
    found(i == table.sessions.end() ? nullptr : caf::intrusive_ptr<longpoll_session>{i->second}.get());
  };
  if (&unit == io_unit::current())
    look();
  else
    unit.post(std::move(look));
}

} // namespace bennu::engine
