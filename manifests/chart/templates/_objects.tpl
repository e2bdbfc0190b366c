{{/*
Every object of the files that match a pattern, with the values laid over it. Takes {chart, pattern}.
*/}}
{{- define "pratique.objects" -}}
{{- $chart := .chart -}}
{{- range $path, $content := $chart.Files.Glob .pattern }}
{{- range $document := splitList "\n---\n" (toString $content | replace "pratique-system" $chart.Release.Namespace) }}
{{- $object := fromYaml $document }}
{{- if not (has (list $object.kind $chart.Values.networkPolicy.enabled) (list (list "NetworkPolicy" false))) }}
{{- include "pratique.place" (dict "object" $object "chart" $chart) }}
{{- include (printf "pratique.change%s" (include "pratique.changed" $object)) (dict "object" $object "chart" $chart) }}
---
{{ toYaml $object }}
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{/* The kinds that values are about; "" for the others. */}}
{{- define "pratique.changed" -}}
{{- if has .kind (list "Deployment" "NetworkPolicy" "ValidatingWebhookConfiguration" "VulnerabilityDatabase" "ClusterScanPolicy") }}{{ .kind }}{{ end }}
{{- end -}}
{{- define "pratique.change" -}}{{- end -}}

{{/* The label that all have, and the namespace of those that are in one. */}}
{{- define "pratique.place" -}}
{{- $metadata := .object.metadata }}
{{- $_ := set $metadata "labels" (merge (dict "app.kubernetes.io/part-of" "pratique") (default dict $metadata.labels)) }}
{{- if has .object.kind (list "Deployment" "Service" "PodDisruptionBudget" "NetworkPolicy" "ServiceAccount" "Role" "RoleBinding") }}
{{- $_ := set $metadata "namespace" .chart.Release.Namespace }}
{{- end }}
{{- end -}}

{{- define "pratique.changeDeployment" -}}
{{- $name := .object.metadata.name }}
{{- $values := index .chart.Values (trimPrefix "pratique-" $name) }}
{{- $image := .chart.Values.image }}
{{- $pod := .object.spec.template.spec }}
{{- $container := first $pod.containers }}
{{- $_ := set .object.spec "replicas" $values.replicas }}
{{- $_ := set $container "image" (printf "%s%s:%s" (ternary "" (printf "%s/" $image.registry) (empty $image.registry)) $name $image.tag) }}
{{- if ne $image.pullPolicy "IfNotPresent" }}{{- $_ := set $container "imagePullPolicy" $image.pullPolicy }}{{- end }}
{{- $args := concat (default list $container.args) $values.args }}
{{- if and (eq $name "pratique-operator") (ne .chart.Values.policyReports "none") }}
{{- $args = append $args (printf "--policy-reports=%s" .chart.Values.policyReports) }}
{{- end }}
{{- $_ := set $container "args" $args }}
{{- if $values.env }}{{- $_ := set $container "env" (concat (default list $container.env) $values.env) }}{{- end }}
{{- if $values.resources }}{{- $_ := set $container "resources" $values.resources }}{{- end }}
{{- if $values.podAnnotations }}{{- $_ := set .object.spec.template.metadata "annotations" $values.podAnnotations }}{{- end }}
{{- range $key := list "nodeSelector" "tolerations" "affinity" }}
{{- if index $values $key }}{{- $_ := set $pod $key (index $values $key) }}{{- end }}
{{- end }}
{{- range $secret := $image.pullSecrets }}
{{- $_ := set $pod "imagePullSecrets" (append (default list $pod.imagePullSecrets) (dict "name" $secret)) }}
{{- end }}
{{- include "pratique.changeVolume" (dict "pod" $pod "volume" .chart.Values.database.volume) }}
{{- end -}}

{{/* The folder that the operator reads its database from. */}}
{{- define "pratique.changeVolume" -}}
{{- if .volume }}
{{- $volumes := list }}
{{- range $volume := default list .pod.volumes }}
{{- $volumes = append $volumes (ternary (merge (dict "name" "database") $.volume) $volume (eq $volume.name "database")) }}
{{- end }}
{{- $_ := set .pod "volumes" $volumes }}
{{- end }}
{{- end -}}

{{/* Operator and scanner dial registries. */}}
{{- define "pratique.changeNetworkPolicy" -}}
{{- $ports := list }}
{{- range $port := .chart.Values.networkPolicy.extraPorts }}
{{- $ports = append $ports (dict "port" $port "protocol" "TCP") }}
{{- end }}
{{- if and $ports (has .object.metadata.name (list "pratique-operator" "pratique-scanner")) }}
{{- $_ := set .object.spec "egress" (append .object.spec.egress (dict "ports" $ports)) }}
{{- end }}
{{- end -}}

{{- define "pratique.changeValidatingWebhookConfiguration" -}}
{{- $values := .chart.Values.webhook }}
{{- range $webhook := .object.webhooks }}
{{- $_ := set $webhook "failurePolicy" $values.failurePolicy }}
{{- $_ := set $webhook "timeoutSeconds" $values.timeoutSeconds }}
{{- $names := first $webhook.namespaceSelector.matchExpressions }}
{{- $_ := set $names "values" (concat $names.values $values.excludedNamespaces) }}
{{- end }}
{{- end -}}

{{- define "pratique.changeVulnerabilityDatabase" -}}
{{- $values := .chart.Values.database }}
{{- if $values.oci }}
{{- $bundle := dict "oci" $values.oci }}
{{- if $values.pullSecrets }}{{- $_ := set $bundle "pullSecrets" $values.pullSecrets }}{{- end }}
{{- $_ := set .object.spec "bundle" $bundle }}
{{- end }}
{{- end -}}

{{- define "pratique.changeClusterScanPolicy" -}}
{{- $_ := set .object.spec "mode" .chart.Values.policy.mode }}
{{- end -}}
