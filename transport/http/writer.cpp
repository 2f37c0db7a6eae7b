#include "transport/http/writer.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <utility>

#include <boost/beast/http/status.hpp>

#include "transport/http/field_list.hpp"

namespace bennu::engine {

std::string http_head(const http_response& response, size_t size, bool stays_open, std::string_view date) {
  const auto reason = boost::beast::http::obsolete_reason(static_cast<boost::beast::http::status>(response.status));
  auto result = "HTTP/1.1 " + std::to_string(response.status) + " " + std::string{reason} + "\r\n";
  for (auto& [name, value] : response.headers)
    result += name + ": " + value + "\r\n";
  if (!date.empty())
    result.append("Date: ").append(date).append("\r\n");
  if (response.status >= 200 && response.status != 204 && response.status != 304)
    result += "Content-Length: " + std::to_string(size) + "\r\n";
  if (!stays_open && response.status >= 200)
    result += "Connection: close\r\n";
  return result += "\r\n";
}

void add_page_headers(http_response& response) {
  constexpr std::array<std::string_view, 4> pages = {"text/", "image/svg", "application/xhtml", "application/xml"};
  constexpr std::array<std::pair<const char*, const char*>, 3> safe = {{
    {"X-Content-Type-Options", "nosniff"},
    {"Content-Security-Policy", "base-uri 'self'; frame-ancestors 'self'"},
    {"Referrer-Policy", "strict-origin-when-cross-origin"},
  }};
  const auto find = [&response](std::string_view name) {
    return std::find_if(response.headers.begin(), response.headers.end(),
                        [name](const http_header& x) { return same_token(x.first, name); });
  };
  const auto type = find("Content-Type");
  const auto is_shown = [&type](std::string_view kind) {
    return same_token(std::string_view{type->second}.substr(0, kind.size()), kind);
  };
  // A browser guesses the type of a body that has none.
  if (type == response.headers.end() ? response.body.empty() : std::none_of(pages.begin(), pages.end(), is_shown))
    return;
  for (auto& [name, value] : safe)
    if (find(name) == response.headers.end())
      response.headers.emplace_back(name, value);
}

std::string_view http_date() {
  thread_local std::time_t written_at = -1;
  thread_local std::array<char, 32> text{};
  if (const auto now = std::time(nullptr); now != written_at) {
    std::tm parts{};
    ::gmtime_r(&now, &parts);
    std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    written_at = now;
  }
  return text.data();
}

void http_writer::begin(std::string head, std::string body) {
  head_ = std::move(head);
  body_ = std::move(body);
  written_ = 0;
}

http_writer::progress http_writer::write_to(stream& socket) {
  while (written_ < head_.size() + body_.size()) {
    const auto of_head = std::min(written_, head_.size());
    const auto of_body = written_ - of_head;
    const std::array<iovec, 2> parts = {
      {{head_.data() + of_head, head_.size() - of_head}, {body_.data() + of_body, body_.size() - of_body}}};
    const auto n = socket.write(parts);
    if (n < 0 && errno == EAGAIN)
      return progress::waits_for_space;
    if (n < 0 && errno != EINTR)
      return progress::broken;
    written_ += static_cast<size_t>(std::max<ssize_t>(n, 0));
  }
  if (socket.unsent())
    return progress::waits_for_space;
  std::string{}.swap(head_); // a connection that waits for its next request holds no memory
  std::string{}.swap(body_);
  written_ = 0;
  return progress::done;
}

} // namespace bennu::engine
