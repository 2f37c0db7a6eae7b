#include <bennu/transport/cluster_options.hpp>

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include <boost/asio/ip/address.hpp>

#include "actors/cluster/link/link_wire.hpp"

namespace bennu {

using namespace engine;

namespace {

bool has_only(std::string_view text, std::string_view others) noexcept {
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || others.find(c) != others.npos;
  });
}

bool is_loopback(const std::string& host) {
  if (host == "localhost")
    return true;
  boost::system::error_code error;
  const auto ip = boost::asio::ip::make_address(host, error);
  return !error && ip.is_loopback();
}

[[noreturn]] void fail(const std::string& text) {
  throw std::runtime_error("cluster: " + text);
}

} // namespace

void check(const cluster_options& options) {
  check_node_name(options.name);
  const auto here = split_address(options.listen);
  for (auto& peer : options.peers)
    split_address(peer);
  const auto files = {options.certificate, options.key, options.authority};
  if (options.is_insecure) {
    if (std::any_of(files.begin(), files.end(), [](auto& x) { return !x.empty(); }))
      fail("certificates are given for an insecure cluster: choose one of the two");
    if (!is_loopback(here.host))
      fail("without certificates everybody who reaches " + options.listen
           + " could take this node over: listen on a loopback address such as 127.0.0.1, or give certificates "
             "(bennu-node certs makes them)");
  } else if (std::any_of(files.begin(), files.end(), [](auto& x) { return x.empty(); })) {
    fail("nodes identify each other by certificates: give this node's certificate, its key and the authority "
         "(bennu-node certs makes them), or allow an insecure cluster on loopback addresses");
  }
}

bool is_node_name(std::string_view name) noexcept {
  return !name.empty() && name.size() <= max_node_name && has_only(name, ".-_@");
}

void check_node_name(const std::string& name) {
  if (!is_node_name(name))
    fail("\"" + name + "\" is not a name for a node: 1 to 64 letters, digits and any of . - _ @");
}

host_and_port split_address(const std::string& text) {
  const auto colon = text.rfind(':');
  const auto host = text.substr(0, colon == text.npos ? 0 : colon);
  const auto port = colon == text.npos ? std::string{} : text.substr(colon + 1);
  unsigned number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  const bool is_number = !port.empty() && error == std::errc{} && end == port.data() + port.size() && number <= 0xffff;
  const bool is_bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  const bool is_host = !host.empty() && host.size() <= 255 && has_only(host, is_bracketed ? "[]:.%-_" : ".-_");
  if (!is_number || !is_host)
    fail("\"" + text + "\" is not an address: HOST:PORT, such as 10.0.0.1:4444, node.example:4444 or [::1]:4444");
  return {is_bracketed ? host.substr(1, host.size() - 2) : host, port};
}

std::string join_address(const std::string& host, const std::string& port) {
  return (host.find(':') == host.npos ? host : "[" + host + "]") + ":" + port;
}

} // namespace bennu
