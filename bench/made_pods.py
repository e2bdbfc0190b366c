"""Pods that nobody runs, as large as those that somebody does: with what admission, scheduler and kubelet fill in."""

MADE_AT = "2026-11-01T00:00:00Z"


def container(template, name, image):
    return {
        "name": name, "image": f"registry.example:5000/{image}", "imagePullPolicy": "IfNotPresent",
        "ports": [{"containerPort": 8080, "name": "http", "protocol": "TCP"}],
        "env": [{"name": f"SETTING_{index}", "value": f"value-{index}-of-{template}"} for index in range(12)],
        "resources": {"limits": {"cpu": "1", "memory": "512Mi"}, "requests": {"cpu": "100m", "memory": "128Mi"}},
        "livenessProbe": {"failureThreshold": 3, "httpGet": {"path": "/livez", "port": 8080, "scheme": "HTTP"},
                          "periodSeconds": 10, "successThreshold": 1, "timeoutSeconds": 1},
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}, "runAsNonRoot": True},
        "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File",
        "volumeMounts": [{"mountPath": "/etc/web", "name": "settings", "readOnly": True},
                         {"mountPath": "/var/run/secrets/kubernetes.io/serviceaccount", "name": "kube-api-access",
                          "readOnly": True}]}


def managed_by(manager):
    fields = {f"f:field{index}": {".": {}, "f:name": {}, "f:value": {}} for index in range(12)}
    return {"manager": manager, "operation": "Update", "apiVersion": "v1", "time": MADE_AT, "fieldsType": "FieldsV1",
            "fieldsV1": {"f:spec": fields}}


def metadata(number, template):
    replica_set = f"web-{template}-6d4b75cb6d"
    owner = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": replica_set,
             "uid": f"{template:08x}-0000-4000-8000-000000000001", "controller": True, "blockOwnerDeletion": True}
    return {"name": f"{replica_set}-{number:05d}", "namespace": f"apps-{template % 10}", "generateName": f"{replica_set}-",
            "uid": f"{number:08x}-0000-4000-8000-000000000000", "creationTimestamp": MADE_AT,
            "labels": {"app.kubernetes.io/name": f"web-{template}", "app.kubernetes.io/part-of": "shop",
                       "pod-template-hash": "6d4b75cb6d"},
            "annotations": {"checksum/settings": f"{template:064x}"}, "ownerReferences": [owner],
            "managedFields": [managed_by("kube-controller-manager"), managed_by("kubelet")]}


def status(number, template):
    conditions = [{"type": kind, "status": "True", "lastTransitionTime": MADE_AT, "observedGeneration": 1}
                  for kind in ("Initialized", "Ready", "ContainersReady", "PodScheduled")]
    running = [{"name": name, "ready": True, "restartCount": 0, "started": True,
                "image": f"registry.example:5000/shop/web-{template}:1",
                "imageID": f"registry.example:5000/shop/web@sha256:{template:064x}",
                "containerID": f"containerd://{number:064x}", "state": {"running": {"startedAt": MADE_AT}}}
               for name in ("web", "proxy")]
    return {"phase": "Running", "podIP": f"10.0.{number // 250}.{number % 250}", "qosClass": "Burstable",
            "conditions": conditions, "containerStatuses": running}


def pod(number):
    """One of ten of a Deployment, with a proxy beside it."""
    template = number // 10
    spec = {"containers": [container(template, "web", f"shop/web-{template}:1.{template % 17}"),
                           container(template, "proxy", "mesh/proxy:3.2")],
            "nodeName": f"node-{number % 50}", "restartPolicy": "Always", "serviceAccountName": "web",
            "dnsPolicy": "ClusterFirst", "schedulerName": "default-scheduler", "terminationGracePeriodSeconds": 30,
            "tolerations": [{"effect": "NoExecute", "key": f"node.kubernetes.io/{state}", "operator": "Exists",
                             "tolerationSeconds": 300} for state in ("not-ready", "unreachable")],
            "volumes": [{"name": "settings", "configMap": {"name": "web", "defaultMode": 420}},
                        {"name": "kube-api-access", "emptyDir": {}}]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata(number, template), "spec": spec,
            "status": status(number, template)}
