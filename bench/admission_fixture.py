"""What both sides of the admission benchmarks decide from, and the reviews that they are asked: made from a fixed seed."""

import json
import pathlib
import random
import subprocess

REPORTS = 500
ROWS_A_REPORT = 50
VULNERABLE_SHARE = 0.2
REVIEWS = 64
HOST = "registry.example:5000"


def make_rows(chance, vulnerable):
    """Rows of one report: High and Critical ones only where the image is to be denied."""
    severities = ["Critical", "High", "Medium", "Low"] if vulnerable else ["Medium", "Low"]
    return [{
        "id": f"CVE-{chance.randint(2018, 2026)}-{chance.randint(1000, 99999)}",
        "aliases": [f"GHSA-{chance.randrange(16**4):04x}-{chance.randrange(16**4):04x}"],
        "severity": chance.choice(severities),
        "package": f"package-{chance.randint(1, 4000)}",
        "installed": f"1.{chance.randint(0, 40)}.{chance.randint(0, 9)}",
        "fixed": f"1.{chance.randint(41, 60)}.0" if chance.random() < 0.7 else "",
    } for _ in range(ROWS_A_REPORT)]


def make_fixture(chance):
    reports = [{
        "digest": f"sha256:{chance.getrandbits(256):064x}",
        "rows": make_rows(chance, index < REPORTS * VULNERABLE_SHARE),
    } for index in range(REPORTS)]
    accepted = [row["id"] for report in reports[:20] for row in report["rows"][:5]]
    return {
        "reports": reports,
        "policy": {"name": "default", "rules": [
            {"name": "high", "severityAtLeast": "High", "unknownSeverityAs": "Low", "fixable": "Any"},
            {"name": "unrated-fixable", "severityAtLeast": "High", "unknownSeverityAs": "High", "fixable": "Only"},
        ]},
        "exceptions": [{"name": "accepted", "ids": accepted, "expiresAt": "2099-01-01T00:00:00Z"}],
    }


def make_container(name, image):
    return {
        "name": name, "image": image, "command": ["/bin/serve", "--verbose"],
        "ports": [{"containerPort": 8080, "protocol": "TCP", "name": "http"}],
        "env": [{"name": f"SETTING_{index}", "value": f"value {index}"} for index in range(6)],
        "resources": {"limits": {"cpu": "500m", "memory": "256Mi"}, "requests": {"cpu": "100m", "memory": "128Mi"}},
        "volumeMounts": [{"name": "data", "mountPath": "/data"},
                         {"name": "token", "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount", "readOnly": True}],
        "livenessProbe": {"httpGet": {"path": "/live", "port": 8080, "scheme": "HTTP"}, "periodSeconds": 10,
                          "timeoutSeconds": 1, "successThreshold": 1, "failureThreshold": 3},
        "readinessProbe": {"httpGet": {"path": "/ready", "port": 8080, "scheme": "HTTP"}, "periodSeconds": 10,
                           "timeoutSeconds": 1, "successThreshold": 1, "failureThreshold": 3},
        "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File",
        "imagePullPolicy": "IfNotPresent",
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}, "runAsNonRoot": True},
    }


def make_review(index, images):
    """An AdmissionReview of a pod of a ReplicaSet, as kube-apiserver posts it; about 4.5 KB."""
    managed = {"f:metadata": {"f:generateName": {}, "f:labels": {".": {}, "f:app": {}}},
               "f:spec": {"f:containers": {'k:{"name":"main"}': {".": {}, "f:image": {}, "f:name": {}}}}}
    pod = {
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {
            "name": f"web-6d5f7c9b8-{index:05d}", "generateName": "web-6d5f7c9b8-", "namespace": "shop",
            "uid": f"00000000-0000-4000-8000-{index:012d}", "creationTimestamp": "2026-01-31T08:00:00Z",
            "labels": {"app": "web", "pod-template-hash": "6d5f7c9b8"},
            "ownerReferences": [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web-6d5f7c9b8",
                                 "uid": "11111111-0000-4000-8000-000000000000", "controller": True,
                                 "blockOwnerDeletion": True}],
            "managedFields": [{"manager": "kube-controller-manager", "operation": "Update", "apiVersion": "v1",
                               "time": "2026-01-31T08:00:00Z", "fieldsType": "FieldsV1", "fieldsV1": managed}],
        },
        "spec": {
            "volumes": [{"name": "data", "emptyDir": {}}, {"name": "token", "projected": {"sources": []}}],
            "containers": [make_container(name, image) for name, image in zip(("main", "sidecar"), images)],
            "restartPolicy": "Always", "terminationGracePeriodSeconds": 30, "dnsPolicy": "ClusterFirst",
            "serviceAccountName": "default", "schedulerName": "default-scheduler", "enableServiceLinks": True,
            "tolerations": [{"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute",
                             "tolerationSeconds": 300}],
        },
        "status": {"phase": "Pending", "qosClass": "Burstable"},
    }
    return {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": {
        "uid": f"22222222-0000-4000-8000-{index:012d}",
        "kind": {"group": "", "version": "v1", "kind": "Pod"},
        "resource": {"group": "", "version": "v1", "resource": "pods"},
        "requestKind": {"group": "", "version": "v1", "kind": "Pod"},
        "requestResource": {"group": "", "version": "v1", "resource": "pods"},
        "namespace": "shop", "operation": "CREATE", "dryRun": False,
        "userInfo": {"username": "system:serviceaccount:kube-system:replicaset-controller",
                     "groups": ["system:serviceaccounts", "system:authenticated"]},
        "object": pod, "oldObject": None, "options": {"kind": "CreateOptions", "apiVersion": "meta.k8s.io/v1"}}}


def write(folder):
    """Writes fixture.json, bodies.json and review.lua (for the load generators), tls.crt and tls.key into `folder`."""
    folder = pathlib.Path(folder)
    chance = random.Random(20260131)
    fixture = make_fixture(chance)
    (folder / "fixture.json").write_text(json.dumps(fixture))
    bodies = []
    for index in range(REVIEWS):
        images = [f"{HOST}/shop/app@{report['digest']}" for report in chance.sample(fixture["reports"], 2)]
        bodies.append(json.dumps(make_review(index, images), separators=(",", ":")))
    (folder / "bodies.json").write_text(json.dumps(bodies))
    quoted = ",\n".join("[==[" + body + "]==]" for body in bodies)
    (folder / "review.lua").write_text(
        'wrk.method = "POST"\nwrk.headers["Content-Type"] = "application/json"\n'
        f"local bodies = {{\n{quoted}\n}}\nlocal next_body = 0\n"
        "request = function()\n  next_body = next_body % #bodies + 1\n"
        '  return wrk.format(nil, "/validate", nil, bodies[next_body])\nend\n')
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
                    "30", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost", "-keyout",
                    str(folder / "tls.key"), "-out", str(folder / "tls.crt")], check=True, stderr=subprocess.DEVNULL)
