# shellcheck shell=bash
# Starts several nodes of one program on this machine, to try out a cluster: certificates, one PostgreSQL, one secret.
# apps/run sources this file after prepare.sh, with $root set.

# start_nodes NAME COUNT [options…]: node N listens on port 4000 + N - 1 (with --port 0 on any free port). Ctrl+C ends
# everything. Certificates and the secret stay in build/cluster; the database is deleted in the end.
start_nodes() {
  local name=$1 count=$2 port=4000 rest=()
  shift 2
  while [ $# -gt 0 ]; do
    case $1 in
      --port) port=$2; shift 2 ;;
      *) rest+=("$1"); shift ;;
    esac
  done
  [[ $count =~ ^[2-9]$ ]] || fail "--nodes takes 2 to 9, not '$count'"
  [ -n "$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null)" ] || install_packages postgresql
  build release "bennu-$name" bennu-node
  local folder=$root/build/cluster names=() n
  for ((n = 0; n < count; ++n)); do names+=("$(printf "\\x$(printf %x $((97 + n)))")"); done # a, b, c …
  mkdir -p "$folder"
  chmod 700 "$folder"
  local missing=()
  for n in "${names[@]}"; do [ -f "$folder/$n.crt" ] || missing+=("$n"); done
  [ ${#missing[@]} = 0 ] || "$root/build/release/apps/node/bennu-node" certs "$folder" "${missing[@]}" >/dev/null
  PROGRAM=$root/build/release/apps/$name/bennu-$name FOLDER=$folder PORT=$port NODES=${names[*]} \
    exec "$root/tests/support/with_postgresql" bash "$root/apps/support/nodes" "${rest[@]}"
}
