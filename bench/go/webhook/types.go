package main

// The types below are admission.k8s.io/v1 and core/v1 as controllers decode them: the whole review, and its object a
// second time into a full Pod. Fields follow the Kubernetes API reference.

import "encoding/json"

type groupVersionKind struct {
	Group   string `json:"group"`
	Version string `json:"version"`
	Kind    string `json:"kind"`
}

type groupVersionResource struct {
	Group    string `json:"group"`
	Version  string `json:"version"`
	Resource string `json:"resource"`
}

type userInfo struct {
	Username string              `json:"username"`
	UID      string              `json:"uid"`
	Groups   []string            `json:"groups"`
	Extra    map[string][]string `json:"extra"`
}

type admissionRequest struct {
	UID                string                `json:"uid"`
	Kind               groupVersionKind      `json:"kind"`
	Resource           groupVersionResource  `json:"resource"`
	SubResource        string                `json:"subResource"`
	RequestKind        *groupVersionKind     `json:"requestKind"`
	RequestResource    *groupVersionResource `json:"requestResource"`
	RequestSubResource string                `json:"requestSubResource"`
	Name               string                `json:"name"`
	Namespace          string                `json:"namespace"`
	Operation          string                `json:"operation"`
	UserInfo           userInfo              `json:"userInfo"`
	Object             json.RawMessage       `json:"object"`
	OldObject          json.RawMessage       `json:"oldObject"`
	DryRun             *bool                 `json:"dryRun"`
	Options            json.RawMessage       `json:"options"`
}

type admissionReview struct {
	APIVersion string             `json:"apiVersion"`
	Kind       string             `json:"kind"`
	Request    *admissionRequest  `json:"request,omitempty"`
	Response   *admissionResponse `json:"response,omitempty"`
}

type admissionResponse struct {
	UID      string   `json:"uid"`
	Allowed  bool     `json:"allowed"`
	Status   *status  `json:"status,omitempty"`
	Warnings []string `json:"warnings,omitempty"`
}

type status struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
	Reason  string `json:"reason"`
}

type ownerReference struct {
	APIVersion         string `json:"apiVersion"`
	Kind               string `json:"kind"`
	Name               string `json:"name"`
	UID                string `json:"uid"`
	Controller         *bool  `json:"controller"`
	BlockOwnerDeletion *bool  `json:"blockOwnerDeletion"`
}

type managedFields struct {
	Manager    string          `json:"manager"`
	Operation  string          `json:"operation"`
	APIVersion string          `json:"apiVersion"`
	Time       string          `json:"time"`
	FieldsType string          `json:"fieldsType"`
	FieldsV1   json.RawMessage `json:"fieldsV1"`
}

type objectMeta struct {
	Name              string            `json:"name"`
	GenerateName      string            `json:"generateName"`
	Namespace         string            `json:"namespace"`
	UID               string            `json:"uid"`
	ResourceVersion   string            `json:"resourceVersion"`
	Generation        int64             `json:"generation"`
	CreationTimestamp string            `json:"creationTimestamp"`
	Labels            map[string]string `json:"labels"`
	Annotations       map[string]string `json:"annotations"`
	OwnerReferences   []ownerReference  `json:"ownerReferences"`
	Finalizers        []string          `json:"finalizers"`
	ManagedFields     []managedFields   `json:"managedFields"`
}

type keySelector struct {
	Name     string `json:"name"`
	Key      string `json:"key"`
	Optional *bool  `json:"optional"`
}

type envVarSource struct {
	FieldRef        *struct{ APIVersion, FieldPath string }            `json:"fieldRef"`
	ResourceRef     *struct{ ContainerName, Resource, Divisor string } `json:"resourceFieldRef"`
	ConfigMapKeyRef *keySelector                                       `json:"configMapKeyRef"`
	SecretKeyRef    *keySelector                                       `json:"secretKeyRef"`
}

type envVar struct {
	Name      string        `json:"name"`
	Value     string        `json:"value"`
	ValueFrom *envVarSource `json:"valueFrom"`
}

type containerPort struct {
	Name          string `json:"name"`
	HostPort      int32  `json:"hostPort"`
	ContainerPort int32  `json:"containerPort"`
	Protocol      string `json:"protocol"`
	HostIP        string `json:"hostIP"`
}

type volumeMount struct {
	Name              string  `json:"name"`
	ReadOnly          bool    `json:"readOnly"`
	RecursiveReadOnly *string `json:"recursiveReadOnly"`
	MountPath         string  `json:"mountPath"`
	SubPath           string  `json:"subPath"`
	MountPropagation  *string `json:"mountPropagation"`
	SubPathExpr       string  `json:"subPathExpr"`
}

type header struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type probe struct {
	Exec *struct {
		Command []string `json:"command"`
	} `json:"exec"`
	HTTPGet *struct {
		Path        string          `json:"path"`
		Port        json.RawMessage `json:"port"`
		Host        string          `json:"host"`
		Scheme      string          `json:"scheme"`
		HTTPHeaders []header        `json:"httpHeaders"`
	} `json:"httpGet"`
	TCPSocket *struct {
		Port json.RawMessage `json:"port"`
		Host string          `json:"host"`
	} `json:"tcpSocket"`
	InitialDelaySeconds int32 `json:"initialDelaySeconds"`
	TimeoutSeconds      int32 `json:"timeoutSeconds"`
	PeriodSeconds       int32 `json:"periodSeconds"`
	SuccessThreshold    int32 `json:"successThreshold"`
	FailureThreshold    int32 `json:"failureThreshold"`
}

type securityContext struct {
	Capabilities *struct {
		Add  []string `json:"add"`
		Drop []string `json:"drop"`
	} `json:"capabilities"`
	Privileged               *bool  `json:"privileged"`
	RunAsUser                *int64 `json:"runAsUser"`
	RunAsGroup               *int64 `json:"runAsGroup"`
	RunAsNonRoot             *bool  `json:"runAsNonRoot"`
	ReadOnlyRootFilesystem   *bool  `json:"readOnlyRootFilesystem"`
	AllowPrivilegeEscalation *bool  `json:"allowPrivilegeEscalation"`
	SeccompProfile           *struct {
		Type             string  `json:"type"`
		LocalhostProfile *string `json:"localhostProfile"`
	} `json:"seccompProfile"`
	FSGroup *int64 `json:"fsGroup"`
}

type resources struct {
	Limits   map[string]json.RawMessage `json:"limits"`
	Requests map[string]json.RawMessage `json:"requests"`
}

type container struct {
	Name                     string            `json:"name"`
	Image                    string            `json:"image"`
	Command                  []string          `json:"command"`
	Args                     []string          `json:"args"`
	WorkingDir               string            `json:"workingDir"`
	Ports                    []containerPort   `json:"ports"`
	EnvFrom                  []json.RawMessage `json:"envFrom"`
	Env                      []envVar          `json:"env"`
	Resources                resources         `json:"resources"`
	RestartPolicy            *string           `json:"restartPolicy"`
	VolumeMounts             []volumeMount     `json:"volumeMounts"`
	LivenessProbe            *probe            `json:"livenessProbe"`
	ReadinessProbe           *probe            `json:"readinessProbe"`
	StartupProbe             *probe            `json:"startupProbe"`
	TerminationMessagePath   string            `json:"terminationMessagePath"`
	TerminationMessagePolicy string            `json:"terminationMessagePolicy"`
	ImagePullPolicy          string            `json:"imagePullPolicy"`
	SecurityContext          *securityContext  `json:"securityContext"`
	Stdin                    bool              `json:"stdin"`
	TTY                      bool              `json:"tty"`
	TargetContainerName      string            `json:"targetContainerName"`
}

type keyToPath struct {
	Key  string `json:"key"`
	Path string `json:"path"`
	Mode *int32 `json:"mode"`
}

type volume struct {
	Name     string `json:"name"`
	EmptyDir *struct {
		Medium    string          `json:"medium"`
		SizeLimit json.RawMessage `json:"sizeLimit"`
	} `json:"emptyDir"`
	ConfigMap *struct {
		Name        string      `json:"name"`
		Items       []keyToPath `json:"items"`
		DefaultMode *int32      `json:"defaultMode"`
	} `json:"configMap"`
	Secret *struct {
		SecretName  string      `json:"secretName"`
		Items       []keyToPath `json:"items"`
		DefaultMode *int32      `json:"defaultMode"`
	} `json:"secret"`
	Image *struct {
		Reference  string `json:"reference"`
		PullPolicy string `json:"pullPolicy"`
	} `json:"image"`
	Projected json.RawMessage `json:"projected"`
	HostPath  json.RawMessage `json:"hostPath"`
}

type toleration struct {
	Key               string `json:"key"`
	Operator          string `json:"operator"`
	Value             string `json:"value"`
	Effect            string `json:"effect"`
	TolerationSeconds *int64 `json:"tolerationSeconds"`
}

type localReference struct {
	Name string `json:"name"`
}

type podSpec struct {
	Volumes                       []volume          `json:"volumes"`
	InitContainers                []container       `json:"initContainers"`
	Containers                    []container       `json:"containers"`
	EphemeralContainers           []container       `json:"ephemeralContainers"`
	RestartPolicy                 string            `json:"restartPolicy"`
	TerminationGracePeriodSeconds *int64            `json:"terminationGracePeriodSeconds"`
	ActiveDeadlineSeconds         *int64            `json:"activeDeadlineSeconds"`
	DNSPolicy                     string            `json:"dnsPolicy"`
	NodeSelector                  map[string]string `json:"nodeSelector"`
	ServiceAccountName            string            `json:"serviceAccountName"`
	AutomountServiceAccountToken  *bool             `json:"automountServiceAccountToken"`
	NodeName                      string            `json:"nodeName"`
	HostNetwork                   bool              `json:"hostNetwork"`
	SecurityContext               *securityContext  `json:"securityContext"`
	ImagePullSecrets              []localReference  `json:"imagePullSecrets"`
	Hostname                      string            `json:"hostname"`
	Affinity                      json.RawMessage   `json:"affinity"`
	SchedulerName                 string            `json:"schedulerName"`
	Tolerations                   []toleration      `json:"tolerations"`
	PriorityClassName             string            `json:"priorityClassName"`
	Priority                      *int32            `json:"priority"`
	EnableServiceLinks            *bool             `json:"enableServiceLinks"`
	PreemptionPolicy              *string           `json:"preemptionPolicy"`
	TopologySpreadConstraints     []json.RawMessage `json:"topologySpreadConstraints"`
}

type pod struct {
	APIVersion string          `json:"apiVersion"`
	Kind       string          `json:"kind"`
	Metadata   objectMeta      `json:"metadata"`
	Spec       podSpec         `json:"spec"`
	Status     json.RawMessage `json:"status"`
}
