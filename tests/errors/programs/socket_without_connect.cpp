// S overrides bennu::connect_result connect
#include <bennu/bennu.hpp>

using bennu::json;

struct anybody : bennu::socket {
  bennu::connect_result connect(bennu::connect_info) { return bennu::connected{}; }
};
const auto endpoint = bennu::endpoint{"/socket"}.serve<anybody>();
