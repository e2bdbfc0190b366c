# shellcheck shell=bash
# Installs what building and testing need. Source it after tests/support/shell.sh.

# install_packages LIST: installs the packages of LIST that are missing, and a Go when there is none; asks nobody.
install_packages() {
  local wanted missing
  command -v dpkg-query >/dev/null || die "this machine has no dpkg" "Building and testing is done on Debian 12."
  mapfile -t wanted < <(sed 's/#.*//; s/ //g; /^$/d' "$1" && missing_go)
  mapfile -t missing < <(comm -23 <(printf '%s\n' "${wanted[@]}" | sort) <(installed_packages | sort))
  ((${#missing[@]} > 0)) || return 0
  step "packages: installing ${missing[*]}"
  mkdir -p "$pratique_cache"
  as_root true # sudo asks for its password here, not behind a line of progress
  with_progress "apt-get update" "$pratique_cache/apt.log" as_root apt-get update ||
    die "the package lists were not fetched" "Check /etc/apt/sources.list and the network."
  if [[ " ${missing[*]} " == *" docker-registry "* ]]; then
    install_without_service docker-registry
  fi
  apt_install "${missing[@]}"
}

installed_packages() { dpkg-query -W -f '${db:Status-Status} ${Package}\n' | sed -n 's/^installed //p'; }

# missing_go: Debian's Go, which fetches a newer one, when the control plane is to be built and there is none.
missing_go() {
  [[ -n ${KUBEBUILDER_ASSETS:-} || -x /usr/local/go/bin/go ]] || command -v go >/dev/null || echo golang-go
}

apt_install() {
  with_progress "apt-get install" "$pratique_cache/apt.log" \
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" ||
    die "the packages were not installed" "See $pratique_cache/apt.log; Debian 12 (bookworm) has all of them."
}

# install_without_service PACKAGE: where systemd runs, the package's service neither starts now nor at the next boot.
install_without_service() {
  local policy=/usr/sbin/policy-rc.d
  if [[ ! -d /run/systemd/system || -e $policy ]]; then
    apt_install "$1"
    return
  fi
  printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
  as_root chmod +x "$policy"
  (apt_install "$1") || {
    as_root rm "$policy"
    exit 1
  }
  as_root rm "$policy"
  as_root systemctl disable "$1" 2>/dev/null || true
}
