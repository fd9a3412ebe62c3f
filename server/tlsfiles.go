package server

import (
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/cachedserver/cached/server/config"
)

// authorities are those that may have signed a client's certificate: the file,
// the files of the directory, or both.
func authorities(cfg *config.Config) (*x509.CertPool, error) {
	var files []string
	if f := cfg.String("tls-ca-cert-file"); f != "" {
		files = append(files, f)
	}
	if dir := cfg.String("tls-ca-cert-dir"); dir != "" {
		more, err := filepath.Glob(filepath.Join(dir, "*"))
		if err != nil {
			return nil, fmt.Errorf("server: tls-ca-cert-dir: %w", err)
		}
		files = append(files, more...)
	}
	pool, found := x509.NewCertPool(), false
	for _, f := range files {
		pem, err := os.ReadFile(f)
		if err != nil {
			return nil, fmt.Errorf("server: tls-ca-cert-file: %w", err)
		}
		found = pool.AppendCertsFromPEM(pem) || found
	}
	if !found {
		return nil, errors.New("server: tls-auth-clients asks for clients' certificates, and neither tls-ca-cert-file nor tls-ca-cert-dir names who signs them")
	}
	return pool, nil
}
