// The part of `application` that makes it a program, in the library bennu::application.
#include <bennu/transport/application.hpp>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <stdexcept>
#include <utility>

#include "transport/observer/observer_service.hpp"
#include "transport/program/command_line.hpp"
#include "transport/program/program_life.hpp"
#include "transport/serving/application_parts.hpp"

namespace bennu {

using namespace engine;

namespace {

program_life& of(const std::shared_ptr<program_life>& life) {
  if (!life)
    throw std::logic_error(
      "this application was made from application_options: only one that was made from argc and argv is a program");
  return *life;
}

} // namespace

// Handles problems such as a file that the cluster or the server cannot use.
application::application(program what, int argc, char** argv) try
  : application(std::make_shared<program_life>(what, argc, argv)) {
} catch (const std::exception& problem) {
  std::fprintf(stderr, "%s: %s\n", what.name.c_str(), problem.what());
  std::exit(static_cast<int>(exit_code::failure)); // NOLINT(concurrency-mt-unsafe): no thread is left
}

application::application(std::string name, int argc, char** argv)
  : application(program{.name = std::move(name)}, argc, argv) {}

application::application(std::shared_ptr<program_life> life) : application(life->options()) {
  parts_->life = std::move(life);
  parts_->follower = std::make_shared<log_follower>(parts_->configuration->hub());
}

int application::run() {
  return of(parts_->life).run(*this, parts_->observer);
}

const std::string& application::secret() const {
  return of(parts_->life).secret();
}

application& application::collect(std::shared_ptr<prometheus::Collectable> own) {
  require_not_started("collect");
  of(parts_->life).collect(std::move(own));
  return *this;
}

application& application::on_reload(std::function<void()> f) {
  require_not_started("on_reload");
  of(parts_->life).on_reload(std::move(f));
  return *this;
}

} // namespace bennu
