// incomplete type ‘const bennu::json’
#include <bennu/actors/channel.hpp>

struct room : bennu::channel {
  using channel::channel;
  bennu::join_result join(const bennu::json& params) override {
    user_ = params.at("user");
    return bennu::accept{};
  }
  std::string user_;
};
