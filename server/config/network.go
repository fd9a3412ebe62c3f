package config

import (
	"errors"
	"net"
	"strings"
)

func networkSettings() []Setting {
	return []Setting{
		{Name: "bind", Kind: Words("addresses, * for all, - before one that may be missing", 16, checkBind),
			Default: "127.0.0.1 -::1", Fixed: true, Common: true,
			Doc: "Addresses to listen on. An address with a leading - may be missing on this machine."},
		{Name: "port", Kind: Int(0, 65535), Default: "6379", Fixed: true, Common: true,
			Doc: "Port for any Redis client; 0 closes it."},
		{Name: "cluster-port", Kind: Int(0, 65535), Default: "0", Fixed: true,
			Doc:     "Port for Redis Cluster clients; 0 is port + 1000. (In Redis this name is the node-to-node port; here that is bus-port.)",
			Refused: "clusters are not in this version; remove the line"},
		{Name: "bus-port", Kind: Int(0, 65535), Default: "0", Fixed: true, Ours: true,
			Doc:     "Port on which nodes of a cluster talk to each other; 0 is port + 10000.",
			Refused: "clusters are not in this version; remove the line"},
		{Name: "http-port", Kind: AutoPort(), Default: "auto", Fixed: true, Ours: true, Common: true,
			Doc: "Port for /metrics, /livez, /readyz and /debug/pprof; auto is port + 2742 and does without when that is taken, 0 closes it."},
		{Name: "unixsocket", Kind: Text("a path, or empty for none"), Fixed: true, Common: true,
			Doc: "Path of a Unix socket to listen on as well."},
		{Name: "unixsocketperm", Kind: Octal(), Default: "0", Fixed: true,
			Doc: "File mode of the Unix socket, octal; 0 leaves it to the umask."},
		{Name: "tcp-backlog", Kind: Int(0, maxInt), Default: "511", Fixed: true,
			Doc: "Connections that may wait to be accepted; the kernel's somaxconn bounds it."},
		{Name: "tcp-keepalive", Kind: Int(0, maxInt), Default: "300", Unit: "seconds",
			Doc: "Time between TCP keepalive probes on idle connections; 0 sends none."},
		{Name: "timeout", Kind: Int(0, maxInt), Default: "0", Unit: "seconds", Common: true,
			Doc: "Closes a client that was idle for so long; 0 never does."},
		{Name: "bind-source-addr", Kind: Text("an address"),
			Doc:      "Source address of outgoing connections.",
			NoEffect: "a single node opens no outgoing connections"},
		{Name: "socket-mark-id", Kind: Int(0, maxInt64), Default: "0", Fixed: true,
			Doc:      "Mark for packet filters on the listening sockets.",
			NoEffect: "sockets are not marked here; match on the port instead"},
		{Name: "max-new-connections-per-cycle", Kind: Int(1, 1000), Default: "10",
			Doc:      "Connections accepted in one turn of the event loop.",
			NoEffect: "accepting is paced by each event loop itself"},
		{Name: "max-new-tls-connections-per-cycle", Kind: Int(1, 1000), Default: "1",
			Doc:      "TLS connections accepted in one turn of the event loop.",
			NoEffect: "TLS handshakes run beside the event loops"},
	}
}

// checkBind takes host names as well, as Redis does: they resolve on listening.
func checkBind(words []string) error {
	for _, w := range words {
		host := strings.TrimPrefix(w, "-")
		if host == "" || strings.ContainsAny(host, "/ ,") || strings.Count(host, ":") == 1 {
			return errors.New("Failed to bind to specified addresses.")
		}
	}
	return nil
}

// loopback reports whether a word of bind reaches this machine only.
func loopback(word string) bool {
	host := strings.TrimPrefix(word, "-")
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(strings.Split(host, "%")[0])
	return ip != nil && ip.IsLoopback()
}
