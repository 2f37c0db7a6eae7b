#include "transport/websocket/upgrade.hpp"

#include "actors/client/connection.hpp"
#include "transport/io/unit_sockets.hpp"
#include "transport/websocket/session.hpp"

namespace bennu::engine {

namespace {

class websocket_upgrade final : public http_upgrade {
public:
  websocket_upgrade(unit_sockets& home, const endpoint& via, deflate& compression, websocket_client client)
    : http_upgrade(std::move(client.headers)), home_(home), via_(via), compression_(compression),
      client_(std::move(client.accepted)), window_bits_(client.window_bits) {}

  void take_over(std::unique_ptr<stream> socket, connection_slot slot, std::string_view early) override {
    auto session =
      caf::make_counted<websocket_session>(home_, via_, compression_, std::move(socket), std::move(slot), window_bits_);
    auto owner = caf::make_counted<connection>(via_, home_.services(), session, *client_.format,
                                               std::move(client_.user), std::move(client_.id));
    owner->start(client_.terms, std::move(client_.place), std::move(client_.from));
    session->start(std::move(owner), early);
  }

private:
  unit_sockets& home_;
  const endpoint& via_;
  deflate& compression_;
  admission client_;
  const int window_bits_;
};

} // namespace

http_site::upgraded websockets::upgrade(unit_sockets& here, const endpoint& via, const http_request& request) {
  auto result = let_in(by_, via, request);
  if (auto* refused = std::get_if<http_response>(&result))
    return std::move(*refused);
  auto& compression = compressions_[here.unit().index()];
  return std::make_unique<websocket_upgrade>(here, via, compression, std::get<websocket_client>(std::move(result)));
}

} // namespace bennu::engine
