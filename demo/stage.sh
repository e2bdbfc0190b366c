# shellcheck shell=bash
# The demo's stage: what must be built, started and applied before the story can be told, and its end. Sourced by
# demo/run, which sets `root` and `here`.

images_layout=""

# prepare_machine: packages, the programs, the control plane's programs and the images, each kept for the next run.
prepare_machine() {
  install_packages "$root/tests/support/packages"
  install_image_tools
  PRATIQUE_CONTROL_PLANE=${PRATIQUE_CONTROL_PLANE:-$("$root/tests/control_plane/build")}
  export PRATIQUE_CONTROL_PLANE
  build_preset release
  programs=$root/build/release/bin
  images_layout=$("$here/images")
}

# install_image_tools: npm and pip for the demo's images, from Debian unless the machine has its own.
install_image_tools() {
  local missing=()
  command -v npm >/dev/null || missing+=(npm)
  python3 -m pip --version >/dev/null 2>&1 || missing+=(python3-pip)
  ((${#missing[@]} == 0)) || apt_install "${missing[@]}"
}

# stage_start: the control plane, Pratique and a registry that notifies it.
stage_start() {
  stage=$(mktemp -d "${TMPDIR:-/tmp}/pratique-demo-XXXXXX")
  "$root/tests/control_plane/start" "$stage/control-plane"
  # shellcheck disable=SC1091
  source "$stage/control-plane/env"
  choose_ports
  make_database
  apply_manifests
  start_scanner_and_operator
  start_registry
  start_admission
}

# stage_stop: ends what stage_start began, the newest first.
stage_stop() {
  local status=0
  [[ -d ${stage:-} ]] || return 0
  stop_processes "$stage" || status=1
  [[ ! -d $stage/registry ]] || "$root/tests/support/registry" "$stage/registry" stop >/dev/null || status=1
  [[ ! -d $stage/control-plane ]] || "$root/tests/control_plane/stop" "$stage/control-plane" || status=1
  return "$status"
}

choose_ports() {
  local name
  for name in events scanner scanner_metrics scanner_health operator_metrics operator_health report_api admission \
    admission_metrics admission_health; do
    declare -g "port_$name=$(free_port)"
  done
}

make_database() {
  if [[ -n ${BENCH_DATABASE:-} ]]; then
    mkdir -p "$stage/keys"
    cp "${BENCH_DATABASE%.db}.pub" "$stage/keys/"
    cp "$BENCH_DATABASE" "$stage/advisories.db"
    return
  fi
  step "database: the demo's own advisories, signed with a key made here"
  "$programs/pratique" database keygen --output "$stage/database.key"
  mkdir -p "$stage/keys"
  cp "$stage/database.key.pub" "$stage/keys/"
  "$programs/pratique" database build --source "osv:$here/advisories" --key "$stage/database.key" \
    --output "$stage/advisories.db"
}

# apply_manifests: what an administrator applies, but for the Deployments: the three programs run here as processes.
apply_manifests() {
  step "manifests: custom resources, accounts, rules and the policy that denies"
  apply crds
  kubectl wait --for=condition=Established --timeout=30s customresourcedefinitions --selector \
    app.kubernetes.io/part-of=pratique >/dev/null
  kubectl apply --server-side --filename "$root/manifests/base/namespace.yaml" >/dev/null
  apply rbac
  apply database
  apply protection
  kubectl apply --server-side --kustomize "$root/manifests/overlays/enforce/policy"
  kubectl create namespace shop
}

apply() { kubectl apply --server-side --kustomize "$root/manifests/base/$1" >/dev/null; }

# account_of NAME: a kubeconfig of the program's own service account, with a token by TokenRequest.
account_of() {
  "$root/tests/control_plane/service_account_kubeconfig" "$stage/control-plane" pratique-system "$1" \
    "$stage/$1.kubeconfig" >/dev/null
  printf '%s\n' "$stage/$1.kubeconfig"
}

# start_scanner_and_operator: the operator makes the small authority and both Secrets of their mutual TLS; what the kubelet
# would mount for the scanner is written out here, since the scanner has no token.
start_scanner_and_operator() {
  step "pratique-operator: as its own service account"
  start_process "$stage" operator "$programs/pratique-operator" --kubeconfig "$(account_of pratique-operator)" \
    --namespace pratique-system --database "$stage/advisories.db" --database-keys "$stage/keys" \
    --scanner "https://localhost:$port_scanner" --events-port "$port_events" \
    --metrics-port "$port_operator_metrics" --health-port "$port_operator_health" \
    --report-api-port "$port_report_api"
  wait_until 60 "the operator made the scanner's certificate" \
    kubectl get secret --namespace pratique-system pratique-scanner-tls || die "the operator made no certificates" \
    "See $stage/logs/operator.log"
  write_secret pratique-scanner-tls "$stage/scanner-tls"
  step "pratique-scanner: without a token, reached by mutual TLS"
  start_process "$stage" scanner "$programs/pratique-scanner" serve --listen "127.0.0.1:$port_scanner" \
    --tls-dir "$stage/scanner-tls" --metrics-address "127.0.0.1:$port_scanner_metrics" \
    --health-address "127.0.0.1:$port_scanner_health"
  wait_for_ready scanner "$port_scanner_health"
  wait_for_ready operator "$port_operator_health"
}

# write_secret NAME DIR: the keys of a Secret as files, as a volume would show them.
write_secret() {
  local key
  (umask 077 && mkdir -p "$2")
  kubectl get secret --namespace pratique-system "$1" --output json | jq --raw-output '.data | keys[]' | while read -r key; do
    kubectl get secret --namespace pratique-system "$1" --output json |
      jq --raw-output --arg key "$key" '.data[$key]' | base64 -d >"$2/$key"
  done
}

wait_for_ready() {
  wait_for_process 60 "$stage" "$1" "$1 is ready" curl --silent --fail "http://127.0.0.1:$2/readyz" ||
    die "$1 did not become ready" "See $stage/logs/$1.log"
}

# start_registry: with a ScanRegistry that names it, and notifications that carry the secret.
start_registry() {
  step "registry: Debian's docker-registry, notifying the operator"
  local secret
  secret="Bearer $(openssl rand -hex 24)"
  kubectl create secret generic pratique-events --namespace pratique-system --from-literal "authorization=$secret"
  write_secret pratique-operator-tls "$stage/operator-tls"
  EVENTS_URL="https://localhost:$port_events/events/demo" EVENTS_AUTHORIZATION="$secret" \
    EVENTS_CA="$stage/operator-tls/ca.crt" "$root/tests/support/registry" "$stage/registry" start >/dev/null
  registry=$(cat "$stage/registry/address")
  kubectl apply --filename - <<YAML
apiVersion: pratique.dev/v1alpha1
kind: ScanRegistry
metadata: {name: demo}
spec:
  server: "$registry"
  namespace: shop
  tls: {plainHTTP: true}
  events: {format: Distribution, secretRef: {name: pratique-events, key: authorization}, repositories: ["shop/*"]}
YAML
}

# start_admission: first the program, then the configuration that makes the API server ask it.
start_admission() {
  step "pratique-admission: as its own service account; then the webhook configuration"
  start_process "$stage" admission "$programs/pratique-admission" --kubeconfig "$(account_of pratique-admission)" \
    --namespace pratique-system --port "$port_admission" --metrics-port "$port_admission_metrics" \
    --health-port "$port_admission_health" --webhook-url "https://127.0.0.1:$port_admission/validate"
  wait_for_ready admission "$port_admission_health"
  kubectl apply --server-side --kustomize "$root/manifests/webhook"
  wait_until 40 "the API server trusts the webhook" webhook_has_bundle || die "the webhook's caBundle was not written" \
    "See $stage/logs/admission.log"
}

webhook_has_bundle() {
  [[ -n $(kubectl get validatingwebhookconfiguration pratique-admission \
    --output jsonpath='{.webhooks[0].clientConfig.caBundle}') ]]
}
