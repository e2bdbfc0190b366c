#!/usr/bin/env bash
# Usage: maven.sh PAIRS, with Debian's libmaven3-core-java and openjdk-17-jre-headless. For each line "LEFT RIGHT" of PAIRS
# what Maven's ComparableVersion says: -1, 0 or 1; it refuses nothing. Its main program compares each argument with the
# one before it ("   1.0 < 1.1"), so that every second comparison is a pair's.
set -euo pipefail

arguments=$(mktemp)
trap 'rm "$arguments"' EXIT
{
  echo "-cp /usr/share/java/maven3-artifact.jar:/usr/share/java/commons-lang3.jar"
  echo "org.apache.maven.artifact.versioning.ComparableVersion"
  cat "$1"
} >"$arguments"
java "@$arguments" | awk 'NF == 3 && ++comparisons % 2 { print $2 == "<" ? -1 : $2 == ">" ? 1 : 0 }'
