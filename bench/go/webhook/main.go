// webhook is the other side of the admission benchmarks: a validating webhook written with Go's standard library that
// does what Pratique's does for a pod. It decodes the review and then its object into full structs, as controllers do,
// judges each image by the same policy, exceptions and reports, writes the same message, counts the decision and logs it.
//
//	webhook FIXTURE.json CERTIFICATE.pem KEY.pem   (prints its port)
package main

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"time"
)

const bodyBytesMax = 8 << 20

type handler struct {
	snapshot atomic.Pointer[snapshot]
	allowed  atomic.Int64
	denied   atomic.Int64
	log      *slog.Logger
}

func (h *handler) ServeHTTP(writer http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(writer, request.Body, bodyBytesMax))
	if err != nil {
		http.Error(writer, err.Error(), http.StatusRequestEntityTooLarge)
		return
	}
	var review admissionReview
	if err := json.Unmarshal(body, &review); err != nil || review.Request == nil {
		http.Error(writer, "not an AdmissionReview", http.StatusBadRequest)
		return
	}
	var judged pod
	if err := json.Unmarshal(review.Request.Object, &judged); err != nil {
		http.Error(writer, "not a Pod", http.StatusBadRequest)
		return
	}
	answer := h.decide(review.Request, judged)
	encoded, err := json.Marshal(admissionReview{APIVersion: "admission.k8s.io/v1", Kind: "AdmissionReview",
		Response: answer})
	if err != nil {
		http.Error(writer, err.Error(), http.StatusInternalServerError)
		return
	}
	writer.Header().Set("Content-Type", "application/json")
	writer.Write(encoded)
}

func (h *handler) decide(request *admissionRequest, judged pod) *admissionResponse {
	current := h.snapshot.Load()
	now := time.Now()
	seen := map[string]bool{}
	denial := ""
	for _, image := range imagesOf(judged.Spec) {
		if seen[image] || denial != "" {
			continue
		}
		seen[image] = true
		denial = current.judge(image, now)
	}
	if denial == "" {
		h.allowed.Add(1)
	} else {
		h.denied.Add(1)
		h.log.Info("decision", "uid", request.UID, "namespace", request.Namespace, "name", judged.Metadata.Name,
			"allowed", false)
		return &admissionResponse{UID: request.UID, Status: &status{Code: 403, Message: denial, Reason: "Forbidden"}}
	}
	h.log.Info("decision", "uid", request.UID, "namespace", request.Namespace, "name", judged.Metadata.Name,
		"allowed", true)
	return &admissionResponse{UID: request.UID, Allowed: true}
}

func run(fixturePath, certificatePath, keyPath string) error {
	text, err := os.ReadFile(fixturePath)
	if err != nil {
		return err
	}
	var from fixture
	if err := json.Unmarshal(text, &from); err != nil {
		return fmt.Errorf("%s: %w", fixturePath, err)
	}
	certificate, err := tls.LoadX509KeyPair(certificatePath, keyPath)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	decider := &handler{log: slog.New(slog.NewJSONHandler(os.Stderr, nil))}
	decider.snapshot.Store(newSnapshot(from))
	server := &http.Server{Handler: decider, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second,
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{certificate}, NextProtos: []string{"http/1.1"}}}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	return server.ServeTLS(listener, "", "")
}

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: webhook FIXTURE.json CERTIFICATE.pem KEY.pem")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}
