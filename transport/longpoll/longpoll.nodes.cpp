// Long polls whose session lives on another node.
#include <memory>
#include <utility>

#include "transport/io/unit_sockets.hpp"
#include "transport/longpoll/longpoll.hpp"
#include "transport/longpoll/relay.hpp"

namespace bennu::engine {

namespace {

// How long another node may take beyond the window of a poll. 10 s: a live link answers in milliseconds, and a dead
// one is noticed within two seconds.
constexpr auto relay_patience = std::chrono::seconds{10};

// The response of a session to a client of another node.
http_reply answer_of(longpoll_session& session, node_calls::give_answer answer) {
  return [kept = caf::intrusive_ptr<longpoll_session>{&session}, answer = std::move(answer)](http_response x) {
    node_calls::tell_fate fate;
    if (x.on_outcome)
      fate = [kept, told = std::move(x.on_outcome)](answer_fate what) {
        if (what == answer_fate::unknown)
          kept->unit().post([kept] { kept->doubtful(); });
        else
          told(what == answer_fate::reached);
      };
    answer(encode(relayed_answer{.status = x.status, .body = x.body}), std::move(fate));
  };
}

} // namespace

void longpoll::relay(const place& to, const http_request& request, std::string_view token,
                     std::chrono::milliseconds window, http_reply reply, std::function<void()> gone) const {
  const relayed_request question{.posts = request.method == "POST",
                                 .token = token,
                                 .content_type = request.header("Content-Type"),
                                 .body = request.body};
  auto* here = io_unit::current();
  calls_.ask(to.node, call_service::longpoll, encode(question), window + relay_patience,
             [here, reply = std::move(reply), gone = std::move(gone)](std::optional<call_answer> answer) {
               const auto read = answer ? parse_relayed_answer(answer->body) : std::nullopt;
               if (!read || read->gone)
                 return here->post(gone);
               auto response = longpoll_response(std::string{read->body});
               response.status = read->status;
               response.on_outcome = std::move(answer->tell);
               reply(std::move(response));
             });
}

void longpoll::serve_relayed(std::string body, node_calls::give_answer answer) const {
  const auto question = parse_relayed_request(body);
  const auto where = question ? place_of(question->token) : std::nullopt;
  auto gone = [answer] { answer(encode(relayed_answer{.gone = true}), {}); };
  if (!where || !is_here(*where))
    return gone();
  auto kept = std::make_shared<const std::string>(std::move(body));
  find(*where, [answer, gone, kept](longpoll_session* session) {
    if (session == nullptr)
      return gone();
    const auto request = *parse_relayed_request(*kept); // points into `kept`
    auto reply = answer_of(*session, answer);
    request.posts ? session->publish(request.content_type, request.body, std::move(reply))
                  : session->poll(std::move(reply));
  });
}

} // namespace bennu::engine
