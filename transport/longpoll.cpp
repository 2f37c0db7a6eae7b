#include "transport/longpoll.hpp"

#include <charconv>
#include <memory>
#include <utility>

#include <openssl/rand.h>

#include "actors/connection.hpp"
#include "transport/base64url.hpp"
#include "transport/longpoll_body.hpp"
#include "transport/origin.hpp"
#include "transport/unit_sockets.hpp"
#include "transport/uri.hpp"

namespace bennu {

namespace {

constexpr std::string_view purpose = "longpoll";

// Two weeks, as in Phoenix: a session ends of silence long before.
constexpr auto max_token_age = std::chrono::hours{24 * 14};

std::string random_text() {
  std::string bytes(18, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size())) != 1)
    throw std::runtime_error("the system has no randomness to give");
  return encode_base64url(bytes);
}

// Newer clients send it in a header, which no log keeps; others as a parameter after those of the application, one of which may have the
// same name. As everywhere, the last counts.
std::string token_of(const http_request& request) {
  if (const auto header = request.header("X-Phoenix-Longpoll-Token"); !header.empty())
    return std::string{header};
  std::string last;
  for (auto& [name, value] : parse_query(request.query))
    if (name == "token")
      last = value;
  return last;
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

longpoll::longpoll(const http_service& service, std::vector<unit_sockets*> units, std::string secret)
  : service_(service), units_(std::move(units)),
    keys_({secret.empty() ? random_text() + random_text() : std::move(secret)}) {}

void longpoll::serve(unit_sockets& here, const endpoint& via, http_request request, http_reply reply) const {
  if (!origin_allowed(via.options().allowed_origins, request.header("Origin")))
    return reply(longpoll_response(status_answer(403)));
  if (request.method == "OPTIONS")
    return reply(preflight(request));
  if (request.method == "GET")
    return poll(here, via, std::move(request), std::move(reply));
  if (request.method == "POST")
    return publish(std::move(request), std::move(reply));
  reply(http_response::text(400, ""));
}

void longpoll::poll(unit_sockets& here, const endpoint& via, http_request request, http_reply reply) const {
  auto shared = std::make_shared<http_request>(std::move(request));
  find(*shared, [this, &here, &via, shared, reply = std::move(reply)](longpoll_session* session) {
    session != nullptr ? session->poll(reply) : open(here, via, *shared, reply);
  });
}

void longpoll::publish(http_request request, http_reply reply) const {
  auto shared = std::make_shared<http_request>(std::move(request));
  find(*shared, [shared, reply = std::move(reply)](longpoll_session* session) {
    session != nullptr ? session->publish(*shared, reply) : reply(longpoll_response(status_answer(410)));
  });
}

void longpoll::open(unit_sockets& here, const endpoint& via, const http_request& request,
                    const http_reply& reply) const {
  auto result = service_.admit(via, request, transport_kind::longpoll);
  if (auto* refused = std::get_if<http_response>(&result))
    return reply(refused->status >= 500 ? http_response{refused->status, std::move(refused->headers), {}}
                                        : longpoll_response(status_answer(refused->status)));
  auto slot = connection_slot::take(service_.clients);
  if (!slot)
    return reply(http_response::text(503, ""));
  auto& let_in = std::get<admission>(result);
  auto id = random_text();
  auto token = keys_.sign(purpose, std::to_string(here.unit().index()) + ":" + id);
  auto session = caf::make_counted<longpoll_session>(here, via, std::move(id), token, std::move(slot));
  auto client = caf::make_counted<connection>(via, here.services(), session, *let_in.format, std::move(let_in.user));
  client->start(let_in.terms);
  session->start(std::move(client));
  reply(longpoll_response(poll_answer(410, token, {})));
}

void longpoll::find(const http_request& request, std::function<void(longpoll_session*)> found) const {
  const auto verified = keys_.verify(purpose, token_of(request), max_token_age);
  const auto* data = std::get_if<std::string>(&verified);
  size_t index = units_.size();
  if (data != nullptr)
    std::from_chars(data->data(), data->data() + data->size(), index);
  if (index >= units_.size())
    return found(nullptr);
  auto& home = *units_[index];
  auto* here = io_unit::current();
  auto look = [here, &home, id = data->substr(data->find(':') + 1), found = std::move(found)] {
    const auto i = home.longpolls.find(id);
    if (i != home.longpolls.end())
      return found(caf::intrusive_ptr<longpoll_session>{i->second}.get());
    here->post([found] { found(nullptr); });
  };
  if (&home.unit() == here)
    look();
  else
    home.unit().post(std::move(look));
}

} // namespace bennu
