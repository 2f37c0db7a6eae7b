#pragma once

#include "tests/kit/engine/virtual_system.hpp"

namespace bennu::test {

using engine::virtual_scheduler;
using engine::virtual_system;

} // namespace bennu::test
