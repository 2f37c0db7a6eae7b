#pragma once

/// The headers that most programs need: `#include <bennu/bennu.hpp>`, and link `bennu::application`. To compile
/// faster, include only the headers that a file uses.

#include <nlohmann/json.hpp>

#include <bennu/actors/channel.hpp>
#include <bennu/actors/endpoint.hpp>
#include <bennu/actors/message.hpp>
#include <bennu/actors/node.hpp>
#include <bennu/actors/reply.hpp>
#include <bennu/supervision/child.hpp>
#include <bennu/supervision/process.hpp>
#include <bennu/supervision/registry.hpp>
#include <bennu/supervision/supervisor.hpp>
#include <bennu/supervision/telemetry.hpp>
#include <bennu/transport/application.hpp>
#include <bennu/transport/jwt.hpp>
#include <bennu/transport/static_files.hpp>
#include <bennu/transport/token.hpp>
