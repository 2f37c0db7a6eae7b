#include "transport/http_connection.hpp"

#include <cerrno>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <sys/socket.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include "actors/connection.hpp"
#include "actors/node.hpp"
#include "transport/reports.hpp"
#include "transport/uri.hpp"
#include "transport/websocket_session.hpp"

namespace bennu {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using tcp = asio::ip::tcp;
using error_code = boost::system::error_code;

// One HTTP connection; see `serve_http`. Kept alive by the handler that it waits for.
class http_connection : public std::enable_shared_from_this<http_connection>, private idle_node {
public:
  http_connection(const http_service& service, const longpoll& polls, unit_sockets& home, tcp::socket socket,
                  connection_slot slot)
    : service_(service), polls_(polls), home_(home), slot_(std::move(slot)),
      stream_(home.unit().loop().get_executor()) {
    stream_.socket() =
      stream_type::socket_type{home.unit().loop(), socket.local_endpoint().protocol(), socket.release()};
  }

  void start() {
    home_.requests().touch(*this, {});
    read_request();
  }

private:
  using stream_type = beast::basic_stream<tcp, asio::io_context::executor_type>;

  void on_idle() override {}
  void on_shutdown() override { stream_.close(); }

  void read_request() {
    parser_.emplace();
    parser_->header_limit(service_.options.max_header_bytes);
    parser_->body_limit(service_.options.max_body_bytes);
    stream_.expires_after(service_.options.request_timeout);
    http::async_read(stream_, buffer_, *parser_,
                     [self = shared_from_this()](error_code error, size_t) { self->request_read(error); });
  }

  void request_read(error_code error) {
    if (auto tell = std::exchange(on_outcome_, nullptr); tell && is_broken(error))
      tell(false);
    if (error)
      return refuse(error);
    auto request = to_request(parser_->get());
    keep_alive_ = parser_->get().keep_alive();
    head_only_ = request && request->method == "HEAD";
    if (!request) {
      keep_alive_ = false;
      return respond(http_response::text(400, "Bad Request: the target is not a valid path\n"));
    }
    if (auto* endpoint = service_.websocket_at(request->path))
      return open_websocket(*endpoint, *request);
    if (auto* endpoint = service_.longpoll_at(request->path))
      return serve([&](http_reply reply) { polls_.serve(home_, *endpoint, std::move(*request), std::move(reply)); });
    serve([&](http_reply reply) { service_.serve(std::move(*request), std::move(reply)); });
  }

  // What Beast could not read is answered where HTTP allows an answer; a client that went or dawdled is just left.
  void refuse(error_code error) {
    keep_alive_ = false;
    if (error == http::error::header_limit)
      return respond(http_response::text(431, "Request Header Fields Too Large\n"));
    if (error == http::error::body_limit)
      return respond(http_response::text(polls_here() ? 400 : 413, "Content Too Large\n")); // 400: as Phoenix
    const bool malformed = error.category() == make_error_code(http::error::bad_method).category();
    if (malformed && error != http::error::end_of_stream && error != http::error::partial_message)
      return respond(http_response::text(400, "Bad Request: " + error.message() + "\n"));
    hang_up();
  }

  std::optional<http_request> to_request(http::request<http::string_body>& from) {
    http_request result;
    result.method = from.method_string();
    const std::string_view target{from.target().data(), from.target().size()};
    const auto mark = target.find('?');
    auto path = decode_path(target.substr(0, mark));
    if (!path)
      return std::nullopt;
    result.path = std::move(*path);
    if (mark != std::string_view::npos)
      result.query = target.substr(mark + 1);
    for (auto& field : from)
      result.headers.emplace_back(field.name_string(), field.value());
    result.body = std::move(from.body());
    error_code ignored;
    result.peer_address = stream_.socket().remote_endpoint(ignored).address().to_string();
    return result;
  }

  // -- ordinary requests ------------------------------------------------------

  // Answers at most once, from any thread; answers 500 when nobody did.
  struct pending_reply {
    explicit pending_reply(std::shared_ptr<http_connection> x) : to(std::move(x)) {}
    ~pending_reply() { answer(http_response::text(500, "Internal Server Error\n")); }

    void answer(http_response response) {
      if (answered.exchange(true))
        return;
      auto& loop = to->home_.unit().loop();
      asio::post(loop, [target = std::move(to), response = std::move(response)]() mutable {
        target->respond(std::move(response));
      });
    }

    std::shared_ptr<http_connection> to;
    std::atomic<bool> answered{false};
  };

  template <class F>
  void serve(F by) {
    stream_.expires_never();
    auto pending = std::make_shared<pending_reply>(shared_from_this());
    try {
      by([pending](http_response x) { pending->answer(std::move(x)); });
    } catch (const std::exception& x) {
      report_handler_exception(home_.services().home.system, x.what());
    }
  }

  void respond(http_response from) {
    on_outcome_ = std::move(from.on_outcome);
    if (on_outcome_ && peer_hung_up())
      return lose();
    response_ = {};
    response_.version(11);
    response_.result(from.status);
    for (auto& [name, value] : from.headers)
      response_.insert(name, value);
    const auto size = from.body.size();
    if (!head_only_)
      response_.body() = std::move(from.body);
    response_.content_length(size);
    response_.keep_alive(keep_alive_);
    stream_.expires_after(service_.options.request_timeout);
    http::async_write(stream_, response_, [self = shared_from_this()](error_code error, size_t) {
      if (error)
        return self->lose();
      if (self->on_outcome_)
        self->on_outcome_(true);
      if (!self->keep_alive_)
        return self->hang_up();
      self->read_request();
    });
  }

  // A client that closed its socket while its answer was made will never read it.
  bool peer_hung_up() {
    char byte = 0;
    const auto n = ::recv(stream_.socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
  }

  static bool is_broken(error_code error) {
    return error == asio::error::connection_reset || error == asio::error::broken_pipe;
  }

  void lose() {
    if (auto tell = std::exchange(on_outcome_, nullptr))
      tell(false);
    hang_up();
  }

  bool polls_here() {
    auto request = to_request(parser_->get());
    return request && service_.longpoll_at(request->path) != nullptr;
  }

  // -- WebSocket --------------------------------------------------------------

  void open_websocket(const endpoint& at, const http_request& request) {
    auto result = service_.let_in(at, request);
    if (auto* refused = std::get_if<http_response>(&result))
      return respond(std::move(*refused));
    auto opening = std::make_shared<upgrade>(std::move(std::get<upgrade>(result)));
    auto text = std::make_shared<std::string>("HTTP/1.1 101 Switching Protocols\r\n");
    for (auto& [name, value] : opening->headers)
      *text += name + ": " + value + "\r\n";
    *text += "\r\n";
    asio::async_write(stream_, asio::buffer(*text),
                      [self = shared_from_this(), text, opening](error_code error, size_t) {
                        if (error)
                          return self->hang_up();
                        self->become_websocket(*opening);
                      });
  }

  void become_websocket(upgrade& opening) {
    stream_.expires_never();
    unlink();
    auto early = beast::buffers_to_string(buffer_.data());
    auto session = caf::make_counted<websocket_session>(
      home_, *opening.via, make_tcp_stream(stream_.release_socket().release()), std::move(slot_));
    auto client =
      caf::make_counted<connection>(*opening.via, home_.services(), session, *opening.format, std::move(opening.user));
    client->start();
    session->start(std::move(client), early);
  }

  void hang_up() {
    error_code ignored;
    stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
    stream_.close();
  }

  const http_service& service_;
  const longpoll& polls_;
  unit_sockets& home_;
  connection_slot slot_;
  stream_type stream_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  http::response<http::string_body> response_;
  std::function<void(bool)> on_outcome_; ///< of the response that was sent last
  bool keep_alive_ = false;
  bool head_only_ = false;
};

} // namespace

void serve_http(const http_service& service, const longpoll& polls, unit_sockets& home, int fd, connection_slot slot) {
  sockaddr_storage address{};
  socklen_t size = sizeof(address);
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  tcp::socket socket{home.unit().loop(), address.ss_family == AF_INET6 ? tcp::v6() : tcp::v4(), fd};
  std::make_shared<http_connection>(service, polls, home, std::move(socket), std::move(slot))->start();
}

} // namespace bennu
