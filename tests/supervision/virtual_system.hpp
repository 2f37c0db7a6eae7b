#pragma once

#include "tests/kit/virtual_time/virtual_system.hpp"

namespace bennu::test {

using engine::virtual_scheduler;
using engine::virtual_system;

} // namespace bennu::test
