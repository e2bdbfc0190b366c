# shellcheck shell=bash
# Building a preset with progress and ccache. Source it behind tests/support/shell.sh, with `root` set to the checkout
# and the working folder there.

# build_preset PRESET [TARGET]...: everything, or these targets; ccache's answers do not depend on where the checkout
# lies.
build_preset() {
  local targets=("${@:2}")
  export CCACHE_DIR=${CCACHE_DIR:-$pratique_cache/ccache} CCACHE_BASEDIR=$root CCACHE_NOHASHDIR=1
  mkdir -p build
  step "build: preset $1"
  with_progress "configure $1" "build/$1-configure.log" cmake --preset "$1" || die "cmake --preset $1 failed"
  with_progress "compile $1" "build/$1-build.log" cmake --build --preset "$1" \
    ${targets[@]:+--target "${targets[@]}"} ||
    die "the preset $1 was not built" "All of the output: $root/build/$1-build.log"
}
