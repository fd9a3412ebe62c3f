package server

import (
	"crypto/tls"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"strings"

	"github.com/cachedserver/cached/server/config"
	"github.com/cachedserver/cached/server/network"
)

// doors are the listeners that are open, and what they are bound to.
type doors struct {
	plain, secure []string // host:port
	unix          string   // path
}

// Listen opens the doors that the configuration names.
func (srv *Server) Listen() error {
	for _, open := range []func() error{srv.listenPlain, srv.listenTLS, srv.listenUnix} {
		if err := open(); err != nil {
			return err
		}
	}
	return nil
}

// Addr is the first address that plain clients may dial, "" for none. With
// AnyPort the system chose it.
func (srv *Server) Addr() string { return first(srv.doors.plain) }

// AddrTLS is the same for encrypted connections.
func (srv *Server) AddrTLS() string { return first(srv.doors.secure) }

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

// Addrs are all addresses that clients may dial, for people.
func (srv *Server) Addrs() []string {
	all := append([]string(nil), srv.doors.plain...)
	for _, a := range srv.doors.secure {
		all = append(all, a+" (TLS)")
	}
	if srv.doors.unix != "" {
		all = append(all, srv.doors.unix)
	}
	return all
}

// port is where to listen; 0 has the system choose.
func (srv *Server) port(setting string) int {
	if srv.AnyPort {
		return 0
	}
	return int(srv.config.Int(setting))
}

func (srv *Server) listenPlain() (err error) {
	if srv.config.Int("port") == 0 {
		return nil
	}
	srv.doors.plain, err = srv.net.Listen(network.Door{
		Handler: door{srv}, Bind: srv.config.Words("bind"), Port: srv.port("port"), Setting: "port",
		Backlog: int(srv.config.Int("tcp-backlog")),
	})
	return err
}

func (srv *Server) listenTLS() (err error) {
	if srv.config.Int("tls-port") == 0 {
		return nil
	}
	if err := srv.reloadTLS(); err != nil {
		return err
	}
	// What is in force may be replaced while the door is open.
	tlsConfig := &tls.Config{GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
		return srv.tls.Load(), nil
	}}
	srv.doors.secure, err = srv.net.Listen(network.Door{
		Handler: door{srv}, Bind: srv.config.Words("bind"), Port: srv.port("tls-port"), Setting: "tls-port",
		Backlog: int(srv.config.Int("tcp-backlog")), TLS: tlsConfig,
	})
	return err
}

func (srv *Server) listenUnix() error {
	path := srv.config.String("unixsocket")
	if path == "" {
		return nil
	}
	_, err := srv.net.Listen(network.Door{
		Handler: door{srv}, Path: path, Perm: fs.FileMode(srv.config.Int("unixsocketperm")),
		Backlog: int(srv.config.Int("tcp-backlog")),
	})
	if err == nil {
		srv.doors.unix = path
	}
	return err
}

// loopbackPeer tells whether a client's address is this machine's own.
func loopbackPeer(addr string) bool {
	ap, err := netip.ParseAddrPort(addr)
	return err == nil && ap.Addr().Unmap().IsLoopback()
}

// listening are the doors in the form of INFO's listener lines.
func (srv *Server) listening() (lines []string) {
	add := func(kind string, addrs []string) {
		if len(addrs) == 0 {
			return
		}
		line := "name=" + kind
		for _, a := range addrs {
			host, port, _ := net.SplitHostPort(a)
			line += ",bind=" + host + ",port=" + port
		}
		lines = append(lines, line)
	}
	add("tcp", srv.doors.plain)
	add("tls", srv.doors.secure)
	if srv.doors.unix != "" {
		lines = append(lines, "name=unix,bind="+srv.doors.unix)
	}
	return lines
}

// reloadTLS reads the certificates anew; connections to come get them.
func (srv *Server) reloadTLS() error {
	if srv.config.Int("tls-port") == 0 {
		return nil
	}
	c, err := serverTLS(srv.config)
	if err == nil {
		srv.tls.Store(c)
	}
	return err
}

// serverTLS reads certificate, key and authorities.
func serverTLS(cfg *config.Config) (*tls.Config, error) {
	cert, err := tls.LoadX509KeyPair(cfg.String("tls-cert-file"), cfg.String("tls-key-file"))
	if err != nil {
		return nil, fmt.Errorf("server: tls-cert-file and tls-key-file: %w", err)
	}
	c := &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12,
		SessionTicketsDisabled: !cfg.Bool("tls-session-caching")}
	if protocols := cfg.Words("tls-protocols"); len(protocols) > 0 {
		if c.MinVersion, c.MaxVersion, err = tlsVersions(protocols); err != nil {
			return nil, err
		}
	}
	c.ClientAuth = map[string]tls.ClientAuthType{
		"no": tls.NoClientCert, "optional": tls.VerifyClientCertIfGiven, "yes": tls.RequireAndVerifyClientCert,
	}[cfg.String("tls-auth-clients")]
	if c.ClientAuth == tls.NoClientCert {
		return c, nil
	}
	c.ClientCAs, err = authorities(cfg)
	return c, err
}

func tlsVersions(words []string) (lowest, highest uint16, err error) {
	for _, w := range words {
		v := map[string]uint16{"tlsv1.2": tls.VersionTLS12, "tlsv1.3": tls.VersionTLS13}[strings.ToLower(w)]
		if v == 0 {
			return 0, 0, fmt.Errorf("server: tls-protocols: %s is not supported: use TLSv1.2, TLSv1.3 or both", w)
		}
		if lowest == 0 || v < lowest {
			lowest = v
		}
		highest = max(highest, v)
	}
	return lowest, highest, nil
}
