// attestation-oracle KEY ENVELOPE: what others make of an attached inventory. Verifies the envelope with the reference
// implementation of DSSE and the key, reads the statement with in-toto's own types, and prints
//
//	predicate type
//	subject name
//	subject's SHA-256
package main

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"os"

	attestation "github.com/in-toto/attestation/go/v1"
	"github.com/secure-systems-lab/go-securesystemslib/dsse"
	"google.golang.org/protobuf/encoding/protojson"
)

// As cosign verifies with a key: Ed25519, or ECDSA or RSA (PKCS #1 v1.5) with SHA-256.
type verifier struct{ key crypto.PublicKey }

func (v verifier) KeyID() (string, error) { return "", nil }

func (v verifier) Public() crypto.PublicKey { return v.key }

func (v verifier) Verify(_ context.Context, data, signature []byte) error {
	hash := sha256.Sum256(data)
	good := false
	switch key := v.key.(type) {
	case ed25519.PublicKey:
		good = ed25519.Verify(key, data, signature)
	case *ecdsa.PublicKey:
		good = ecdsa.VerifyASN1(key, hash[:], signature)
	case *rsa.PublicKey:
		good = rsa.VerifyPKCS1v15(key, crypto.SHA256, hash[:], signature) == nil
	}
	if !good {
		return errors.New("the signature does not fit the key")
	}
	return nil
}

func load(keyFile, envelopeFile string) (crypto.PublicKey, *dsse.Envelope, error) {
	text, err := os.ReadFile(keyFile)
	if err != nil {
		return nil, nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, nil, errors.New("the key is not PEM")
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, nil, err
	}
	text, err = os.ReadFile(envelopeFile)
	if err != nil {
		return nil, nil, err
	}
	envelope := &dsse.Envelope{}
	return key, envelope, json.Unmarshal(text, envelope)
}

func run(keyFile, envelopeFile string) error {
	key, envelope, err := load(keyFile, envelopeFile)
	if err != nil {
		return err
	}
	envelopes, err := dsse.NewEnvelopeVerifier(verifier{key})
	if err != nil {
		return err
	}
	_, payload, err := envelopes.VerifyAndDecode(context.Background(), envelope)
	if err != nil {
		return err
	}
	statement := &attestation.Statement{}
	if err := protojson.Unmarshal(payload, statement); err != nil {
		return err
	}
	if err := statement.Validate(); err != nil {
		return err
	}
	fmt.Println(statement.GetPredicateType())
	for _, subject := range statement.GetSubject() {
		fmt.Println(subject.GetName())
		fmt.Println(subject.GetDigest()["sha256"])
	}
	return nil
}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: attestation-oracle KEY ENVELOPE")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "attestation-oracle:", err)
		os.Exit(1)
	}
}
