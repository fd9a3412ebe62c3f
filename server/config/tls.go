package config

import (
	"errors"
	"strings"
)

const ownCerts = "a single node opens no TLS connections of its own"

func tlsSettings() []Setting {
	path := Text("a path, or empty")
	return []Setting{
		{Name: "tls-port", Kind: Int(0, 65535), Default: "0", Fixed: true, Common: true,
			Doc: "Port for clients over TLS; 0 closes it. Set port 0 to serve TLS only."},
		{Name: "tls-cert-file", Kind: path, Fixed: true, Common: true,
			Doc: "Certificate of the server with its chain, PEM."},
		{Name: "tls-key-file", Kind: path, Fixed: true, Common: true,
			Doc: "Private key of the certificate, PEM."},
		{Name: "tls-key-file-pass", Kind: Text("a password"), Secret: true,
			Doc:     "Password of the private key.",
			Refused: "encrypted keys are not read; store the key decrypted, readable by the server's user only"},
		{Name: "tls-ca-cert-file", Kind: path, Fixed: true, Common: true,
			Doc: "Certificates that client certificates are checked against, PEM."},
		{Name: "tls-ca-cert-dir", Kind: path, Fixed: true,
			Doc: "Folder of such certificates."},
		{Name: "tls-auth-clients", Kind: Enum("no", "yes", "optional"), Default: "yes", Fixed: true,
			Doc: "Whether clients must show a certificate."},
		{Name: "tls-protocols", Kind: Words("TLSv1.2, TLSv1.3", 0, checkProtocols), Fixed: true,
			Doc: "Versions of TLS to speak; empty is TLSv1.2 and TLSv1.3."},
		{Name: "tls-ciphers", Kind: Text("a list in OpenSSL's form"),
			Doc:      "Ciphers of TLS 1.2 in OpenSSL's form.",
			NoEffect: "the cipher list is that of Go's crypto/tls, which offers safe ones only"},
		{Name: "tls-ciphersuites", Kind: Text("a list in OpenSSL's form"),
			Doc:      "Cipher suites of TLS 1.3.",
			NoEffect: "the suites of TLS 1.3 are fixed in Go's crypto/tls"},
		{Name: "tls-prefer-server-ciphers", Kind: Bool(), Default: "no",
			Doc:      "Whether the server's order of ciphers decides.",
			NoEffect: "Go's crypto/tls chooses by what is fastest on both sides"},
		{Name: "tls-session-caching", Kind: Bool(), Default: "yes",
			Doc:      "Whether clients may resume TLS sessions.",
			NoEffect: "clients may always resume with a ticket"},
		{Name: "tls-session-cache-size", Kind: Int(0, maxInt), Default: "20480",
			Doc:      "Sessions that the server remembers.",
			NoEffect: "sessions live in tickets that clients keep"},
		{Name: "tls-session-cache-timeout", Kind: Int(0, maxInt), Default: "300", Unit: "seconds",
			Doc:      "How long a session can be resumed.",
			NoEffect: "ticket keys change every day"},
		{Name: "tls-dh-params-file", Kind: path,
			Doc:      "Parameters of Diffie-Hellman over finite fields.",
			NoEffect: "only elliptic curves are used"},
		{Name: "tls-client-cert-file", Kind: path,
			Doc: "Certificate shown to other nodes.", NoEffect: ownCerts},
		{Name: "tls-client-key-file", Kind: path,
			Doc: "Key of that certificate.", NoEffect: ownCerts},
		{Name: "tls-client-key-file-pass", Kind: Text("a password"), Secret: true,
			Doc: "Password of that key.", NoEffect: ownCerts},
		{Name: "tls-replication", Kind: Bool(), Default: "no",
			Doc: "TLS towards replicas.", Refused: "replication is not in this version; set it to no"},
		{Name: "tls-cluster", Kind: Bool(), Default: "no",
			Doc: "TLS between nodes.", Refused: "clusters are not in this version; set it to no"},
	}
}

// checkProtocols leaves out TLS 1.0 and 1.1, which are broken.
func checkProtocols(words []string) error {
	for _, w := range words {
		if !strings.EqualFold(w, "TLSv1.2") && !strings.EqualFold(w, "TLSv1.3") {
			return errors.New("Invalid tls-protocols specified. Use a combination of 'TLSv1.2' and 'TLSv1.3'.")
		}
	}
	return nil
}
