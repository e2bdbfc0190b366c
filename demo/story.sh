# shellcheck shell=bash
# The demo's story, scene by scene. Each scene does what a person would do, shows kubectl's own output, and asserts what
# must be so. Sourced by demo/run.

steps_passed=0

# One of each kind of package: Debian, PyPI, npm.
findings_expected=(CVE-2024-28757 CVE-2018-18074 CVE-2019-10744)

# tell TEXT: what happens now, for the reader.
tell() { printf '\n%s\n' "$*"; }

# show COMMAND...: the command as typed, and its output.
show() {
  printf '$ %s\n' "$*"
  "$@"
}

# passed WHAT: counts a step that held.
passed() {
  steps_passed=$((steps_passed + 1))
  printf '    ok %d: %s\n' "$steps_passed" "$1"
}

# expect WHAT COMMAND...: the step holds when the command succeeds.
expect() {
  local what=$1
  shift
  "$@" >/dev/null || die "step does not hold: $what" "The command was: $*"
  passed "$what"
}

# expect_within SECONDS WHAT COMMAND...: the step holds when the command succeeds before the time is over.
expect_within() {
  local seconds=$1 what=$2
  shift 2
  wait_until "$seconds" "$what" "$@" || die "step does not hold: $what" "The command was: $*"
  passed "$what"
}

# expect_denied NAME IMAGE TEXT...: kubectl run is refused, and the message holds each TEXT.
expect_denied() {
  local name=$1 image=$2 message text
  shift 2
  printf '$ kubectl run --namespace shop %s --image=%s\n' "$name" "$image"
  if message=$(kubectl run --namespace shop "$name" --image="$image" 2>&1); then
    die "step does not hold: the pod of $image is denied" "It was admitted: $message"
  fi
  printf '%s\n' "$message"
  for text in "$@"; do
    [[ $message == *"$text"* ]] || die "step does not hold: the denial of $image says \"$text\""
  done
  passed "the pod of $image is denied"
}

# pod_is_admitted NAME IMAGE: whether the API server takes the pod.
pod_is_admitted() { kubectl run --namespace shop "$1" --image="$2"; }
pod_is_denied() { ! kubectl run --namespace shop "$1" --image="$2" --dry-run=server; }

push() { skopeo copy --quiet --dest-tls-verify=false "oci:$images_layout:$1" "docker://$registry/$2"; }

# is_large REFERENCE: whether its layers have 100 MB or more as they are stored.
is_large() {
  skopeo inspect --raw --tls-verify=false "docker://$1" | jq --exit-status '[.layers[].size] | add >= 100000000'
}

# scan_of REFERENCE: the name of the ImageScan that follows it.
scan_of() {
  kubectl get imagescans --namespace shop --output json |
    jq --raw-output --exit-status --arg image "$1" '[.items[] | select(.spec.image == $image)][0].metadata.name'
}
scan_exists() { scan_of "$1" && [[ $(scan_of "$1") != null ]]; }
findings_of_shop() { kubectl get findings --namespace shop --output json | jq --exit-status '.items | length > 0'; }
scan_is_told_of() { kubectl events --namespace shop --for "imagescan/$1" | grep --quiet --word-regexp Scanned; }
digest_of_scan() { kubectl get imagescan --namespace shop "$1" --output jsonpath='{.status.digest}'; }
digest_is_not() { [[ $(digest_of_scan "$1") != "$2" ]]; }

story_push_is_scanned() {
  tell "1. A push. The registry notifies Pratique, which scans the image at once."
  local pushed
  show push web-1 shop/web:1
  pushed=$(date +%s.%N)
  expect_within 30 "the push event made an ImageScan" scan_exists "$registry/shop/web:1"
  show kubectl wait --namespace shop --for=condition=Scanned --timeout=120s "imagescan/$(scan_of "$registry/shop/web:1")"
  passed "the image is scanned"
  expect_within 30 "findings are rows" findings_of_shop
  printf '    %.1f s from the end of the push to the findings\n' "$(awk -v from="$pushed" -v to="$(date +%s.%N)" 'BEGIN { print to - from }')"
  show kubectl get imagescans,findings --namespace shop
  local id
  for id in "${findings_expected[@]}"; do
    expect "a row tells of $id" grep -i "$id" <(kubectl get findings --namespace shop --output wide)
  done
}

story_pod_is_denied() {
  tell "2. A pod of that image. The policy of the enforce overlay turns it away and says why."
  expect_within 30 "the image's pods are denied" pod_is_denied web "$registry/shop/web:1"
  expect_denied web "$registry/shop/web:1" "unresolved findings" "ClusterScanPolicy/default" "fixed in"
}

story_first_pod_waits_for_its_scan() {
  tell "3. A pod of an image of 100 MB that nobody told Pratique of. Its request waits while the image is scanned: one try
   is enough."
  local asked
  push big-1 lab/first:1
  expect "the image has 100 MB to fetch" is_large "$registry/lab/first:1"
  asked=$(date +%s.%N)
  expect_denied first "$registry/lab/first:1" "unresolved findings" "CVE-2019-10744"
  printf '    %.1f s from the request to its answer\n' "$(awk -v from="$asked" -v to="$(date +%s.%N)" 'BEGIN { print to - from }')"
}

story_mended_image_is_admitted() {
  tell "4. The mended image is pushed, scanned and admitted."
  show push web-2 shop/web:2
  expect_within 30 "the push event made an ImageScan" scan_exists "$registry/shop/web:2"
  show kubectl wait --namespace shop --for=condition=Scanned --timeout=120s "imagescan/$(scan_of "$registry/shop/web:2")"
  expect_within 20 "the pod of the mended image is admitted" pod_is_admitted web-mended "$registry/shop/web:2"
  show kubectl get pods --namespace shop
}

# write_exception SECONDS: accepts every finding that the policy denies on, for so long.
write_exception() {
  kubectl get findings --namespace shop --output json | jq --arg until "$(date -u -d "+$1 seconds" +%FT%TZ)" '{
    apiVersion: "pratique.dev/v1alpha1", kind: "FindingException", metadata: {name: "release-week", namespace: "shop"},
    spec: {reason: "The release of this week goes out as it is; the mended image follows.", expiresAt: $until,
           vulnerabilities: [.items[].spec.vulnerability.id] | unique | map({id: ., status: "accepted"})}}'
}

story_exception_opens_and_shuts() {
  tell "5. An exception with a date lets the first image in. When the date has passed, it is shut out again."
  write_exception 20 >"$stage/exception.json"
  show kubectl apply --filename "$stage/exception.json"
  expect_within 15 "the exception lets the image in" pod_is_admitted web-excepted "$registry/shop/web:1"
  expect_within 60 "the exception has expired and the image is denied" pod_is_denied web-late "$registry/shop/web:1"
  expect_denied web-late "$registry/shop/web:1" "unresolved findings"
  show kubectl get findingexceptions --namespace shop
}

story_scan_by_hand() {
  tell "6. An ImageScan that a person applies and waits for."
  push api-1 lab/api:1
  kubectl apply --filename - <<YAML
apiVersion: pratique.dev/v1alpha1
kind: ImageScan
metadata: {name: api, namespace: shop}
spec: {image: "$registry/lab/api:1"}
YAML
  show kubectl wait --namespace shop --for=condition=Scanned --timeout=120s imagescan/api
  passed "the ImageScan made by hand is scanned"
  show kubectl get imagescan --namespace shop api --output wide
  expect_within 20 "its Events tell the story" scan_is_told_of api
  show kubectl events --namespace shop --for imagescan/api
}

story_tag_is_pushed_anew() {
  tell "7. The tag is pushed anew with other content: the same ImageScan follows it."
  local scan before
  scan=$(scan_of "$registry/shop/web:1")
  before=$(digest_of_scan "$scan")
  show push web-2 shop/web:1
  expect_within 60 "the ImageScan follows the tag to its new digest" digest_is_not "$scan" "$before"
  show kubectl wait --namespace shop --for=condition=Scanned --timeout=120s "imagescan/$scan"
  expect_within 30 "a pod of the tag is admitted now" pod_is_admitted web-again "$registry/shop/web:1"
  show kubectl get imagescans --namespace shop
}

story_end() {
  printf '\ndemo: %d steps passed\n' "$steps_passed"
  [[ $check == no && -t 1 ]] || return 0
  tell "Everything stays up until you press Enter or Ctrl-C. In another terminal:"
  printf '  source %s/control-plane/env   # KUBECONFIG and the right kubectl\n' "$stage"
  printf '  kubectl get imagescans,findings --namespace shop\n'
  printf '  %s/pratique scan --plain-http %s %s/shop/web:1 --database %s/advisories.db\n' "$programs" "$registry" \
    "$registry" "$stage"
  read -r _ || true
}
