#include "transport/program/otlp_client.hpp"

#include <charconv>
#include <exception>
#include <memory>
#include <string_view>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>

namespace bennu::engine {

namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
namespace ssl = boost::asio::ssl;
using boost::asio::ip::tcp;
using plain_stream = beast::tcp_stream;
using secure_stream = beast::ssl_stream<beast::tcp_stream>;

constexpr size_t max_answer_bytes = 64 << 10;

std::optional<std::chrono::seconds> seconds_in(std::string_view text) {
  int64_t seconds = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (read.ec != std::errc{} || read.ptr != text.data() + text.size() || seconds < 0)
    return std::nullopt; // or it is a date, which collectors do not send
  return std::chrono::seconds{seconds};
}

std::unique_ptr<secure_stream> stream_for(boost::asio::io_context& context, ssl::context& tls, const otlp_target& to,
                                          const secure_stream*) {
  if (to.authority_file.empty())
    tls.set_default_verify_paths();
  else
    tls.load_verify_file(to.authority_file);
  auto result = std::make_unique<secure_stream>(context, tls);
  result->set_verify_mode(ssl::verify_peer);
  result->set_verify_callback(ssl::host_name_verification(to.url.host));
  SSL_set_tlsext_host_name(result->native_handle(), to.url.host.c_str());
  return result;
}

std::unique_ptr<plain_stream> stream_for(boost::asio::io_context& context, ssl::context&, const otlp_target&,
                                         const plain_stream*) {
  return std::make_unique<plain_stream>(context);
}

/// One request. Its handlers run within `run`, so that none outlives it.
template <class Stream>
class exchange {
public:
  exchange(const otlp_target& to, const std::string& body)
    : to_(to), stream_(stream_for(context_, tls_, to, static_cast<const Stream*>(nullptr))) {
    const bool is_usual = to.url.port == (to.url.is_secure ? "443" : "80");
    const bool is_v6 = to.url.host.find(':') != std::string::npos;
    request_ = {http::verb::post, to.url.target, 11};
    request_.set(http::field::host,
                 (is_v6 ? "[" + to.url.host + "]" : to.url.host) + (is_usual ? "" : ":" + to.url.port));
    request_.set(http::field::content_type, "application/json");
    request_.set(http::field::user_agent, "bennu-otlp/" BENNU_VERSION);
    request_.set(http::field::connection, "close");
    for (const auto& [name, value] : to.headers)
      request_.set(name, value);
    request_.body() = body;
    request_.prepare_payload();
    parser_.body_limit(max_answer_bytes);
  }

  otlp_outcome run(const std::function<std::chrono::steady_clock::time_point()>& deadline) {
    constexpr auto look_again = std::chrono::milliseconds{100};
    resolver_.async_resolve(to_.url.host, to_.url.port, [this](beast::error_code failed, const auto& found) {
      if (!fails("its name cannot be resolved", failed))
        connect(found);
    });
    while (!is_done_ && std::chrono::steady_clock::now() < deadline())
      context_.run_for(look_again);
    if (!is_done_)
      finish("no answer in time");
    resolver_.cancel();
    beast::get_lowest_layer(*stream_).close();
    return std::move(outcome_);
  }

private:
  void connect(const tcp::resolver::results_type& found) {
    beast::get_lowest_layer(*stream_).async_connect(found, [this](beast::error_code failed, const auto&) {
      if (!fails("no connection", failed))
        secure();
    });
  }

  void secure() {
    if constexpr (std::is_same_v<Stream, secure_stream>)
      stream_->async_handshake(ssl::stream_base::client, [this](beast::error_code failed) {
        if (!fails("no TLS", failed))
          write();
      });
    else
      write();
  }

  void write() {
    http::async_write(*stream_, request_, [this](beast::error_code failed, size_t) {
      if (!fails("the connection ended while spans were sent", failed))
        read();
    });
  }

  void read() {
    http::async_read(*stream_, buffer_, parser_, [this](beast::error_code failed, size_t) {
      // An answer that is too long, or that ends early, has its status.
      if (!parser_.is_header_done() && fails("no answer", failed))
        return;
      const auto& answer = parser_.get();
      outcome_.status = answer.result_int();
      outcome_.retry_after = seconds_in(std::string_view{answer[http::field::retry_after]});
      finish(answer.body());
    });
  }

  bool fails(const char* what, beast::error_code why) {
    if (why)
      finish(std::string{what} + ": " + why.message());
    return static_cast<bool>(why);
  }

  void finish(std::string text) {
    outcome_.text = std::move(text);
    is_done_ = true;
  }

  const otlp_target& to_;
  boost::asio::io_context context_;
  ssl::context tls_{ssl::context::tls_client};
  std::unique_ptr<Stream> stream_;
  tcp::resolver resolver_{context_};
  http::request<http::string_body> request_;
  http::response_parser<http::string_body> parser_;
  beast::flat_buffer buffer_{max_answer_bytes};
  otlp_outcome outcome_;
  bool is_done_ = false;
};

} // namespace

otlp_outcome post_spans(const otlp_target& to, const std::string& body,
                        const std::function<std::chrono::steady_clock::time_point()>& deadline) try {
  if (to.url.is_secure)
    return exchange<secure_stream>{to, body}.run(deadline);
  return exchange<plain_stream>{to, body}.run(deadline);
} catch (const std::exception& problem) { // a file with certificates that cannot be read
  return {0, problem.what(), std::nullopt};
}

} // namespace bennu::engine
