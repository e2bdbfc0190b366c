# Building the Go programs that tests need as real parts: they are modules of this repository whose go.sum says what may
# be fetched. Sourced after shell.sh.
# shellcheck shell=bash disable=SC2154  # shell.sh's names

go_minimum=1.26
go_toolchain=go1.26.8 # fetched as a module when the machine's Go is older than go_minimum

# use_go_caches: outside of the tree, so that a second run is fast.
use_go_caches() {
  export GOCACHE=$pratique_cache/go-build GOMODCACHE=$pratique_cache/go-mod GOFLAGS="-mod=readonly -trimpath"
  export GOWORK=off GOTOOLCHAIN=local
}

# find_go: prints the path of a Go of at least go_minimum. An older one, such as Debian's, fetches a newer toolchain as
# a module, which checks it against the checksum database.
find_go() {
  local go version toolchain
  go=$(command -v go || true)
  [[ -n $go || ! -x /usr/local/go/bin/go ]] || go=/usr/local/go/bin/go
  [[ -n $go ]] || die "there is no go on PATH or in /usr/local/go, and tests need programs that are written in Go" \
    "Install Go $go_minimum, or Debian's golang-go, which then fetches it."
  version=$(cd / && "$go" env GOVERSION)
  if [[ $(printf '%s\n' "$go_minimum" "${version#go}" | sort -V | head -n 1) != "$go_minimum" ]]; then
    toolchain=golang.org/toolchain@v0.0.1-$go_toolchain.linux-$(cd / && "$go" env GOARCH)
    with_progress "$go_toolchain, as $go is $version" "$pratique_cache/go-toolchain.log" \
      fetch_module "$go" "$toolchain" ||
      die "$go_toolchain was not fetched" "Repeat the command, or install Go $go_minimum or newer."
    go=$GOMODCACHE/$toolchain/bin/go
    chmod +x "$GOMODCACHE/$toolchain"/{bin,pkg/tool/*}/*
  fi
  printf '%s\n' "$go"
}

# fetch_module GO MODULE@VERSION: outside of any module, so that no go.mod is read that GO is too old for.
fetch_module() { cd / && GOFLAGS='' "$1" mod download "$2"; }

# holds FOLDER PROGRAM...: whether FOLDER has every PROGRAM.
holds() {
  local folder=$1 program
  shift
  for program in "$@"; do
    [[ -x $folder/$program ]] || return 1
  done
}

# build_go_program GO FOLDER NAME MODULE PACKAGE LINK_FLAGS: MODULE is the folder of the go.mod.
build_go_program() {
  local go=$1 folder=$2 name=$3 module=$4 package=$5 link_flags=$6
  holds "$folder" "$name" && return
  with_progress "$name" "$folder/$name.log" \
    "$go" -C "$module" build -ldflags "-s -w $link_flags" -o "$folder/$name.new" "$package" ||
    die "$name was not built" "A failed download is fetched again when the command is repeated."
  mv "$folder/$name.new" "$folder/$name"
  rm "$folder/$name.log"
}
