#include "transport/http/reader.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/buffers_range.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/parser.hpp>

#include "transport/http/field_list.hpp"
#include "transport/http/uri.hpp"

namespace bennu::engine {

namespace http = boost::beast::http;

// A body that grows with the bytes that arrive. Beast's string_body would allocate the announced length immediately.
struct growing_body {
  using value_type = std::string;

  class reader {
  public:
    template <bool IsRequest, class Fields>
    reader(http::header<IsRequest, Fields>&, value_type& to) : to_(to) {}

    void init(const boost::optional<uint64_t>&, boost::system::error_code& error) { error = {}; }

    template <class Buffers>
    size_t put(const Buffers& from, boost::system::error_code& error) {
      error = {};
      size_t size = 0;
      for (const auto part : boost::beast::buffers_range_ref(from)) {
        to_.append(static_cast<const char*>(part.data()), part.size());
        size += part.size();
      }
      return size;
    }

    void finish(boost::system::error_code& error) { error = {}; }

  private:
    value_type& to_;
  };
};

namespace {

using parser = http::request_parser<growing_body>;
using beast_request = http::request<growing_body>;

std::vector<http_header> headers_of(const beast_request& from) {
  std::vector<http_header> result;
  for (auto& field : from)
    result.emplace_back(field.name_string(), field.value());
  return result;
}

// Everything except the body.
std::optional<http_request> head_of(const beast_request& from, std::vector<http_header> headers) {
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
  return result;
}

// Refuses what Beast accepts although a proxy might see other requests in it than this server (request smuggling).
const char* fault_of(const beast_request& x) {
  const auto hosts = x.count(http::field::host);
  if (x.version() >= 11 && hosts != 1)
    return "HTTP/1.1 needs one Host"; // RFC 9112 §3.2
  if (hosts > 1
      || x[http::field::host].find_first_of(boost::beast::string_view{never_in_host.data(), never_in_host.size()})
           != boost::beast::string_view::npos)
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
bool make_origin_form(beast_request& x) {
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

bad_request refusal(const boost::system::error_code& error, unsigned status_beyond) {
  bad_request result{400, "Bad Request: " + error.message()};
  if (error == http::error::header_limit)
    result = {431, "Request Header Fields Too Large"};
  else if (error == http::error::body_limit)
    result = {status_beyond, "Content Too Large"};
  return result;
}

} // namespace

struct http_reader::state {
  parser of;
  // Without the fields of a trailer, because no proxy has checked them (RFC 9110 §6.5.1).
  std::optional<http_request> request = std::nullopt;
};

http_reader::http_reader(uint32_t max_header_bytes, uint64_t max_body_bytes, request_gate* gate)
  : max_header_bytes_(max_header_bytes), max_body_bytes_(max_body_bytes), gate_(gate) {}

http_reader::~http_reader() = default;

void http_reader::feed(std::string_view bytes) {
  waiting_ += bytes;
}

void http_reader::take(size_t size) noexcept {
  taken_ += size;
  if (taken_ < waiting_.size())
    return;
  waiting_.capacity() > max_header_bytes_ ? std::string{}.swap(waiting_) : waiting_.clear();
  taken_ = 0;
}

// Returns whether there is a request to read.
bool http_reader::begin() {
  if (state_)
    return unread_bytes() > 0;
  while (rest().starts_with("\r\n")) // some clients end a body with it (RFC 9112 §2.2)
    take(2);
  if (rest().empty() || rest() == "\r")
    return false;
  state_ = std::make_unique<state>();
  state_->of.header_limit(max_header_bytes_);
  state_->of.body_limit(boost::none); // known when the head is read
  return true;
}

std::variant<http_reader::incomplete, http_request, bad_request> http_reader::next() {
  if (!begin())
    return incomplete{};
  auto& reading = state_->of;
  boost::system::error_code error;
  while (!reading.is_done() && unread_bytes() > 0) {
    // The shortest end of a chunked body is "0\r\n\r\n". With fewer bytes Beast 1.81 must not be called again: it
    // asserts.
    if (reading.is_header_done() && reading.chunked() && unread_bytes() < 5)
      return incomplete{};
    const auto left = rest();
    take(reading.put(boost::asio::buffer(left.data(), left.size()), error));
    if (error == http::error::need_more) {
      // Only incomplete data between and after the chunks is kept.
      if (reading.is_header_done() && unread_bytes() > max_header_bytes_)
        return bad_request{431, "Request Header Fields Too Large"};
      return incomplete{};
    }
    if (error)
      return refusal(error, status_beyond_);
    if (reading.is_header_done() && !reading.eager())
      if (auto refused = head_is_read())
        return std::move(*refused);
  }
  if (!reading.is_done())
    return incomplete{};
  expects_continue_ = false;
  auto request = std::move(*state_->request);
  request.body = std::move(reading.get().body());
  state_.reset();
  return request;
}

std::optional<bad_request> http_reader::limit_body(uint64_t max_bytes) {
  if (state_->of.content_length().value_or(0) > max_bytes)
    return bad_request{status_beyond_, "Content Too Large"};
  state_->of.body_limit(max_bytes);
  return std::nullopt;
}

std::optional<bad_request> http_reader::head_is_read() {
  auto& reading = state_->of;
  auto& head = reading.get();
  const auto* fault = fault_of(head);
  if (fault == nullptr && make_origin_form(head))
    fault = fault_of(head);
  if (fault != nullptr)
    return bad_request{400, std::string{"Bad Request: "} + fault};
  state_->request = head_of(head, headers_of(head));
  if (!state_->request)
    return bad_request{400, "Bad Request: the target is not a valid path"};
  keep_alive_ = head.keep_alive();
  is_old_ = head.version() < 11;
  if (gate_ != nullptr) {
    auto verdict = gate_->judge(*state_->request);
    const bool has_body = reading.chunked() || reading.content_length().value_or(0) > 0;
    auto* refused = std::get_if<http_response>(&verdict);
    if (refused != nullptr && has_body)
      return bad_request{refused->status, {}, std::move(*refused)};
    const auto terms = refused != nullptr ? body_terms{} : std::get<body_terms>(verdict);
    status_beyond_ = terms.status_beyond;
    if (auto large = limit_body(terms.max_bytes))
      return large;
  } else if (auto large = limit_body(max_body_bytes_)) {
    return large;
  }
  expects_continue_ =
    !is_old_ && unread_bytes() == 0 && boost::beast::iequals(head[http::field::expect], "100-continue");
  reading.eager(true);
  return std::nullopt;
}

bool http_reader::in_request() const noexcept {
  return state_ != nullptr || unread_bytes() > 0;
}

// The target of a head that is not whole, or is malformed, is what stands in its first line.
std::string http_reader::path() const {
  if (state_ && state_->request)
    return state_->request->path;
  auto target = state_ ? std::string_view{state_->of.get().target()} : std::string_view{};
  if (target.empty()) {
    const auto line = rest().substr(0, rest().find('\r'));
    target = line.substr(std::min(line.find(' '), line.size()));
    target.remove_prefix(std::min<size_t>(1, target.size()));
  }
  target = target.substr(0, target.find_first_of(" ?"));
  return decode_path(target).value_or(std::string{target});
}

std::string_view http_reader::method() const noexcept {
  return state_ && state_->request ? std::string_view{state_->request->method} : std::string_view{};
}

size_t http_reader::buffered_bytes() const noexcept {
  return waiting_.capacity() + (state_ ? state_->of.get().body().capacity() : 0);
}

std::string http_reader::take_rest() {
  auto result = std::string{rest()};
  std::string{}.swap(waiting_);
  taken_ = 0;
  return result;
}

} // namespace bennu::engine
