# shellcheck shell=bash
# Shared by apps/run and tests/run: checks what a fresh Debian 12 needs, installs it, and builds. Sourced with $root
# set to the folder of the project. All messages go to standard error.
: "${root:?the project folder}"

# -- requirements: Debian packages, and programs that may come from elsewhere ----------------------------------------

build_packages=(
  ca-certificates make g++ cmake ninja-build pkg-config ccache
  libcaf-dev libboost1.81-dev nlohmann-json3-dev libssl-dev zlib1g-dev
  libspdlog-dev libcli11-dev libjwt-dev libargon2-dev libicu-dev libsoci-dev libsqlite3-dev libpq-dev prometheus-cpp-dev
  doctest-dev librapidcheck-dev
)
docs_packages=(python3 doxygen python3-markdown python3-pygments)
page_programs=(node:nodejs npm:npm)
test_packages=(clang-14 clang-format-14 libclang-rt-14-dev libbenchmark-dev libgtest-dev catch2 postgresql haproxy nginx-light valgrind lintian mmdebstrap)
test_programs=(clang++:clang clang-format:clang-format chromium:chromium firefox-esr:firefox-esr WebKitWebDriver:webkit2gtk-driver Xvfb:xvfb python3:python3 git:git curl:curl)

# -- messages --------------------------------------------------------------------------------------------------------

say() { printf '%s\n' "$*" >&2; }
step() { printf '\n== %s\n' "$*" >&2; }
fail() {
  printf '\nerror: %s\n' "$1" >&2
  shift
  [ $# -eq 0 ] || printf '  %s\n' "$@" >&2
  exit 1
}

# quietly LABEL LOG command...: runs the command with its output in LOG and shows the progress every few seconds.
quietly() {
  local label=$1 log=$2 since=$SECONDS pid
  shift 2
  mkdir -p "$(dirname "$log")"
  "$@" </dev/null >"$log" 2>&1 &
  pid=$!
  trap 'kill $pid 2>/dev/null; exit 130' INT TERM
  while kill -0 $pid 2>/dev/null; do
    sleep 0.2
    if (((SECONDS - since) % 5 == 4)) && [ "${said:-}" != $SECONDS ]; then
      said=$SECONDS
      say "   $label, $((SECONDS - since)) s: $(tr '\r' '\n' <"$log" | grep . | tail -n 1 | cut -c 1-90)"
    fi
  done
  trap - INT TERM
  wait $pid
}

# -- Debian packages -------------------------------------------------------------------------------------------------

# Prints those arguments that are not installed Debian packages.
missing_packages() {
  local have
  have=" $(dpkg-query -W -f '${db:Status-Status}:${Package} ' "$@" 2>/dev/null) "
  for package in "$@"; do
    case $have in *" installed:$package "*) ;; *) printf '%s ' "$package" ;; esac
  done
}

# Prints the packages of those PROGRAM:PACKAGE pairs whose program is missing.
missing_programs() {
  for pair in "$@"; do
    command -v "${pair%%:*}" >/dev/null || printf '%s ' "${pair##*:}"
  done
}

# install_packages package...: installs them with apt, as root or through sudo.
install_packages() {
  local as_root=() log=$root/build/apt.log list="$*"
  command -v apt-get >/dev/null \
    || fail "this system has no apt-get" "Bennu is built and tested on Debian 12; install what these packages hold: $list"
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null \
      || fail "packages are missing and this user is not root (and there is no sudo)" "Run as root: apt-get install $list"
    as_root=(sudo)
    sudo -v || fail "sudo said no" "Run as root: apt-get install $list"
  fi
  step "Installing $# Debian packages: $list"
  quietly "package lists" "$log" "${as_root[@]}" apt-get update \
    || { tail -n 5 "$log" >&2; say "   (the lists could not be refreshed; trying with those that are here)"; }
  quietly "packages" "$log" "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y --no-install-recommends "$@" \
    || { tail -n 15 "$log" >&2
         fail "apt-get could not install the packages (all of its output: ${log#"$root"/})" \
           "Is this Debian 12 (bookworm), and does it reach its mirror? Then run this command again, or by hand: apt-get install $list"; }
}

# need_packages [test]: installs what building needs and, with `test`, what the whole test suite needs.
need_packages() {
  command -v dpkg-query >/dev/null || { say "note: no dpkg here; taking for granted that everything is installed"; return 0; }
  local list
  list=$(missing_packages "${build_packages[@]}"; missing_programs "${page_programs[@]}")
  if [ "${1:-}" = test ]; then
    list+=$(missing_packages "${test_packages[@]}" "${docs_packages[@]}"; missing_programs "${test_programs[@]}")
  fi
  # shellcheck disable=SC2086
  [ -z "$list" ] || install_packages $list
}

# need_promtool: unpacks promtool of the Debian package `prometheus` into build/promtool. Installing the package would start
# a server. Without it the tests of tests/metrics check the names alone.
need_promtool() {
  local folder=$root/build/promtool log=$root/build/promtool.log
  command -v promtool >/dev/null || [ -x "$folder/usr/bin/promtool" ] && return 0
  step "Unpacking promtool (Debian package prometheus, 19 MB)"
  mkdir -p "$folder"
  (cd "$folder" && quietly "promtool" "$log" apt-get download prometheus && dpkg-deb -x prometheus_*.deb . \
     && rm -rf prometheus_*.deb usr/bin/prometheus usr/share) \
    || say "   it is not available; its checks are skipped"
}

# -- npm packages ----------------------------------------------------------------------------------------------------

# need_npm folder: installs the packages of its package-lock.json, unless node_modules is newer.
need_npm() {
  local folder=$1 log=$root/build/npm.log
  [ -f "$folder/package-lock.json" ] || return 0
  [ "$folder/node_modules/.package-lock.json" -nt "$folder/package-lock.json" ] && return 0
  step "Installing the npm packages of ${folder#"$root"/}"
  (cd "$folder" && quietly "npm ci" "$log" npm ci --no-audit --no-fund --ignore-scripts) \
    || { tail -n 15 "$log" >&2
         fail "npm ci failed in ${folder#"$root"/} (all of its output: ${log#"$root"/})" \
           "Does this machine reach the npm registry (npm ping)? Then run this command again."; }
  touch "$folder/node_modules/.package-lock.json"
}

# -- build -----------------------------------------------------------------------------------------------------------

# build preset [target]: configures if necessary and builds. ninja shows the progress.
build() {
  local preset=$1 folder=$root/build/$1 target=("${@:2}")
  export CCACHE_BASEDIR=$root CCACHE_NOHASHDIR=1
  if [ ! -f "$folder/build.ninja" ]; then
    step "Configuring the $preset build"
    (cd "$root" && quietly "cmake" "$folder/configure.log" cmake --preset "$preset") \
      || { tail -n 25 "$folder/configure.log" >&2
           fail "cmake could not configure the $preset build (all of its output: build/$preset/configure.log)"; }
  fi
  if [ -t 2 ]; then
    (cd "$root" && cmake --build --preset "$preset" -j "$(nproc)" "${target[@]/#/--target=}" >&2)
  else # one line for every 5 % instead of one per file
    (cd "$root" && cmake --build --preset "$preset" -j "$(nproc)" "${target[@]/#/--target=}") | thin_progress >&2
  fi || fail "the $preset build failed" "The errors of the compiler are above."
}

thin_progress() {
  awk 'match($0, /^\[[0-9]+\/[0-9]+\]/) {
         split(substr($0, 2, RLENGTH - 2), n, "/"); now = int(20 * n[1] / n[2])
         if (now == last && $0 !~ /FAILED/) next; last = now }
       { print; fflush() }'
}
