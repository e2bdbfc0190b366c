# shellcheck shell=bash
# What tests/load/run and tests/kills/run share beside demo/stage.sh. Both set `root`, `stage` and `programs`.

require_programs() {
  local program
  for program in pratique pratique-operator pratique-scanner pratique-admission; do
    [[ -x $programs/$program ]] ||
      die "there is no $program in $programs" "Build it, or name its folder by PRATIQUE_PROGRAMS."
  done
}

# make_feeds_and_database: the feeds of tests/load/images.py, and the database of the one that knows less.
make_feeds_and_database() {
  PYTHONPATH=$root/tests/load python3 -B -c 'import images, pathlib, sys
for name in images.ADVISORIES: images.write_feed(pathlib.Path(sys.argv[1]) / f"feed-{name}", name)' "$stage"
  "$programs/pratique" database keygen --output "$stage/database.key"
  mkdir -p "$stage/keys"
  cp "$stage/database.key.pub" "$stage/keys/"
  "$programs/pratique" database build --source "osv:$stage/feed-early" --key "$stage/database.key" \
    --output "$stage/advisories.db"
}

# end_run STATUS: ends what was started, then the script with STATUS; a failure keeps the logs.
end_run() {
  local status=$1
  stage_stop || status=1
  if ((status != 0)) && [[ -d ${stage:-} ]]; then
    printf 'The logs of this run are in %s.\n' "$stage" >&2
  elif [[ -d ${stage:-} ]]; then
    rm -rf "$stage"
  fi
  exit "$status"
}
