#pragma once

#include <atomic>
#include <memory>
#include <stdexcept>

#include <nlohmann/json.hpp>

#include <bennu/actors/socket_serializer.hpp>

namespace bennu::test {

/// Version 2.0.0 of the official format, but for the events by which it shows each way of going wrong.
class odd_serializer : public socket_serializer {
public:
  explicit odd_serializer(std::shared_ptr<std::atomic<int>> encoded = std::make_shared<std::atomic<int>>(0))
    : encoded_(std::move(encoded)) {}

  std::variant<socket_message, unreadable_message> decode(bool is_binary, std::string_view bytes) const override {
    auto result = v2().decode(is_binary, bytes);
    auto* x = std::get_if<socket_message>(&result);
    if (x == nullptr)
      return result;
    if (x->event == "throw in decode")
      throw std::runtime_error("as the test asked");
    if (x->event == "throw a number")
      throw 5; // NOLINT(hicpp-exception-baseclass): what an application may do
    if (x->event == "a body that is no JSON")
      x->body = payload::from_text("{\"x\":");
    if (x->event == "a topic that is no UTF-8")
      x->topic = "echo:\xff";
    if (x->event == "an event that is no UTF-8")
      x->event = "\xff";
    if (x->event == "a ref that is no UTF-8")
      x->ref = "\xff";
    if (x->event == "a ref that is no JSON") {
      x->ref = json::parse("}", nullptr, false);
      x->event = "echo";
    }
    if (x->event == "a deep ref")
      for (size_t i = 0; i <= payload::max_depth; ++i)
        x->ref = json::array({std::move(x->ref)});
    if (x->event == "unreadable")
      return unreadable_message{"as the test asked"};
    return result;
  }

  std::optional<encoded_message> encode(const socket_message& x) const override {
    ++*encoded_;
    const auto wish = x.body.is_binary() ? std::string_view{} : x.body.bytes();
    if (wish == R"("throw in encode")")
      throw std::runtime_error("as the test asked");
    if (wish == R"("text that is no UTF-8")")
      return encoded_message{false, "\xff"};
    if (wish == R"("inexpressible")" || x.event == "position")
      return std::nullopt;
    return x.body.is_binary() && x.event != "bytes" ? encoded_message{true, std::string{x.body.bytes()}}
                                                    : v2().encode(x);
  }

private:
  std::shared_ptr<std::atomic<int>> encoded_;
};

} // namespace bennu::test
