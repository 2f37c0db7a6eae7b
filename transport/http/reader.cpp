#include "transport/http/reader.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "transport/http/uri.hpp"

namespace bennu::engine {

namespace {

namespace http = boost::beast::http;

using parser = http::request_parser<http::string_body>;

std::vector<http_header> headers_of(const http::request<http::string_body>& from) {
  std::vector<http_header> result;
  for (auto& field : from)
    result.emplace_back(field.name_string(), field.value());
  return result;
}

std::optional<http_request> to_request(http::request<http::string_body>& from, std::vector<http_header> headers) {
  http_request result;
  result.method = std::string{from.method_string()};
  const std::string_view target{from.target().data(), from.target().size()};
  const auto mark = target.find('?');
  auto path = decode_path(target.substr(0, mark));
  if (!path)
    return std::nullopt;
  result.path = std::move(*path);
  result.target = target;
  if (mark != std::string_view::npos)
    result.query = target.substr(mark + 1);
  result.headers = std::move(headers);
  result.body = std::move(from.body());
  return result;
}

// Refuses what Beast accepts although a proxy might see other requests in it than this server (request smuggling).
const char* fault_of(const http::request<http::string_body>& x) {
  const auto hosts = x.count(http::field::host);
  if (x.version() >= 11 && hosts != 1)
    return "HTTP/1.1 needs one Host"; // RFC 9112 §3.2
  if (hosts > 1 || x[http::field::host].find_first_of(" \t,/?#@\\\"<>") != boost::beast::string_view::npos)
    return "the Host is not valid";
  const auto codings = x.count(http::field::transfer_encoding);
  if (codings == 0)
    return nullptr;
  if (codings > 1 || !boost::beast::iequals(x[http::field::transfer_encoding], "chunked"))
    return "the only Transfer-Encoding here is chunked"; // RFC 9112 §6.3
  if (x.version() < 11 || x.count(http::field::content_length) > 0)
    return "Transfer-Encoding goes with HTTP/1.1 and without Content-Length"; // RFC 9112 §6.1
  return nullptr;
}

// The host in `http://host/path` replaces the header Host (RFC 9112 §3.2.2). @returns whether the target has this
// form.
bool make_origin_form(http::request<http::string_body>& x) {
  const std::string target{x.target()};
  const auto slashes = target.find("://");
  if (slashes == std::string::npos || target.front() == '/')
    return false;
  const auto path = std::min(target.find_first_of("/?", slashes + 3), target.size());
  const auto host = target.substr(slashes + 3, path - slashes - 3);
  x.set(http::field::host, host);
  x.target((path < target.size() && target[path] == '/' ? "" : "/") + target.substr(path));
  return true;
}

bad_request refusal(parser& of, const boost::system::error_code& error) {
  bad_request result{400, "Bad Request: " + error.message() + "\n"};
  if (error == http::error::header_limit)
    result = {431, "Request Header Fields Too Large\n"};
  else if (error == http::error::body_limit)
    result = {413, "Content Too Large\n"};
  if (auto request = to_request(of.get(), {}))
    result.path = std::move(request->path);
  return result;
}

} // namespace

struct http_reader::state {
  parser of;
  // Without the fields of a trailer, because no proxy has checked them (RFC 9110 §6.5.1).
  std::vector<http_header> headers;
};

http_reader::http_reader(uint32_t max_header_bytes, uint64_t max_body_bytes)
  : max_header_bytes_(max_header_bytes), max_body_bytes_(max_body_bytes) {}

http_reader::~http_reader() = default;

void http_reader::feed(std::string_view bytes) {
  waiting_ += bytes;
}

std::variant<http_reader::incomplete, http_request, bad_request> http_reader::next() {
  if (!state_)
    while (waiting_.starts_with("\r\n")) // some clients end a body with it (RFC 9112 §2.2)
      waiting_.erase(0, 2);
  if (waiting_.empty() || (!state_ && waiting_ == "\r"))
    return incomplete{};
  if (!state_) {
    state_ = std::make_unique<state>();
    state_->of.header_limit(max_header_bytes_);
    state_->of.body_limit(max_body_bytes_);
  }
  auto& reading = state_->of;
  boost::system::error_code error;
  while (!reading.is_done() && !waiting_.empty()) {
    // The shortest end of a chunked body is "0\r\n\r\n". With fewer bytes Beast 1.81 must not be called again: it
    // asserts.
    if (reading.is_header_done() && reading.chunked() && waiting_.size() < 5)
      return incomplete{};
    const auto taken = reading.put(boost::asio::buffer(waiting_), error);
    waiting_.erase(0, taken);
    if (error == http::error::need_more) {
      // Only incomplete data between and after the chunks is kept.
      if (reading.is_header_done() && waiting_.size() > max_header_bytes_)
        return bad_request{431, "Request Header Fields Too Large\n"};
      return incomplete{};
    }
    if (error)
      return refusal(reading, error);
    if (reading.is_header_done() && !reading.eager()) {
      const auto* fault = fault_of(reading.get());
      if (fault == nullptr && make_origin_form(reading.get()))
        fault = fault_of(reading.get());
      if (fault != nullptr)
        return bad_request{400, std::string{"Bad Request: "} + fault + "\n"};
      state_->headers = headers_of(reading.get());
      keep_alive_ = reading.get().keep_alive();
      is_old_ = reading.get().version() < 11;
      expects_continue_ = reading.get().version() >= 11 && waiting_.empty()
                          && boost::beast::iequals(reading.get()[http::field::expect], "100-continue");
      reading.eager(true);
    }
  }
  if (!reading.is_done())
    return incomplete{};
  expects_continue_ = false;
  auto request = to_request(reading.get(), std::move(state_->headers));
  state_.reset();
  if (request)
    return std::move(*request);
  return bad_request{400, "Bad Request: the target is not a valid path\n"};
}

bool http_reader::in_request() const noexcept {
  return state_ != nullptr || !waiting_.empty();
}

std::string http_reader::take_rest() {
  return std::exchange(waiting_, {});
}

} // namespace bennu::engine
