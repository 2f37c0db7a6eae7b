// C is a bennu::channel
#include <bennu/bennu.hpp>

using bennu::json;

struct room {};
const auto endpoint = bennu::endpoint{"/socket"}.channel<room>("room:*");
