#pragma once

/// What most programs include: `#include <bennu/bennu.hpp>`, with `bennu::application` linked. Whoever waits for the
/// compiler includes the headers of what a file uses instead.

#include <bennu/actors/channel.hpp>
#include <bennu/actors/deferred_reply.hpp>
#include <bennu/actors/endpoint.hpp>
#include <bennu/actors/message.hpp>
#include <bennu/actors/node.hpp>
#include <bennu/supervision/process.hpp>
#include <bennu/supervision/registry.hpp>
#include <bennu/supervision/supervisor.hpp>
#include <bennu/supervision/telemetry.hpp>
#include <bennu/transport/application.hpp>
#include <bennu/transport/jwt.hpp>
#include <bennu/transport/static_files.hpp>
#include <bennu/transport/token.hpp>
