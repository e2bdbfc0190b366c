// cold_scan is the other side of the cold-scan benchmark: what a scanner written with Go's standard library cannot avoid.
// It fetches an image's manifest and its layers over HTTP, verifies each layer's digest, inflates it and walks the tar,
// reading every entry. It extracts nothing.
//
//	cold_scan http://127.0.0.1:5000 repository tag
package main

import (
	"archive/tar"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
)

type descriptor struct {
	MediaType string `json:"mediaType"`
	Digest    string `json:"digest"`
	Size      int64  `json:"size"`
}

type manifest struct {
	Layers []descriptor `json:"layers"`
}

func get(url string) (*http.Response, error) {
	request, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Add("Accept", "application/vnd.oci.image.manifest.v1+json")
	request.Header.Add("Accept", "application/vnd.docker.distribution.manifest.v2+json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		response.Body.Close()
		return nil, fmt.Errorf("GET %s: %s", url, response.Status)
	}
	return response, nil
}

func fetchManifest(registry, repository, tag string) (manifest, error) {
	var parsed manifest
	response, err := get(fmt.Sprintf("%s/v2/%s/manifests/%s", registry, repository, tag))
	if err != nil {
		return parsed, err
	}
	defer response.Body.Close()
	return parsed, json.NewDecoder(response.Body).Decode(&parsed)
}

// walkLayer returns the number of entries and the bytes of their contents.
func walkLayer(url, digest string) (entries int, content int64, err error) {
	response, err := get(url)
	if err != nil {
		return 0, 0, err
	}
	defer response.Body.Close()
	hash := sha256.New()
	hashed := io.TeeReader(response.Body, hash)
	inflated, err := gzip.NewReader(hashed)
	if err != nil {
		return 0, 0, err
	}
	archive := tar.NewReader(inflated)
	for {
		_, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return entries, content, err
		}
		read, err := io.Copy(io.Discard, archive)
		if err != nil {
			return entries, content, err
		}
		entries++
		content += read
	}
	if _, err := io.Copy(io.Discard, inflated); err != nil {
		return entries, content, err
	}
	if _, err := io.Copy(io.Discard, hashed); err != nil {
		return entries, content, err
	}
	if got := "sha256:" + hex.EncodeToString(hash.Sum(nil)); got != digest {
		return entries, content, fmt.Errorf("layer %s has digest %s", digest, got)
	}
	return entries, content, nil
}

func run(registry, repository, tag string) error {
	image, err := fetchManifest(registry, repository, tag)
	if err != nil {
		return err
	}
	for _, layer := range image.Layers {
		url := fmt.Sprintf("%s/v2/%s/blobs/%s", registry, repository, layer.Digest)
		entries, content, err := walkLayer(url, layer.Digest)
		if err != nil {
			return err
		}
		fmt.Printf("%s %d entries %d bytes\n", layer.Digest, entries, content)
	}
	return nil
}

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: cold_scan REGISTRY_URL REPOSITORY TAG")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}
