package config

import (
	"fmt"
	"strings"
)

// view is the settings as they are or, with changes, as they would be.
type view struct {
	c       *Config
	changes map[*Ref]*Value
}

func (c *Config) view() view { return view{c: c} }

func (v view) value(name string) *Value {
	r := v.c.Ref(name)
	if n := v.changes[r]; n != nil {
		return n
	}
	return r.v.Load()
}

func (v view) int(name string) int64     { return v.value(name).num }
func (v view) bool(name string) bool     { return v.value(name).num != 0 }
func (v view) string(name string) string { return v.value(name).text }

// fault names the setting that should change, and where it was set.
func (v view) fault(name, problem, remedy string) Fault {
	r := v.c.Ref(name)
	f := Fault{Where: r.where, Setting: name, Problem: problem, Remedy: remedy}
	if !r.set.Secret {
		f.Value = v.value(name).written
	}
	return f
}

// relations returns every broken relation between settings.
func relations(v view) Faults {
	var faults Faults
	for _, check := range []func(view) Faults{
		someDoor, portsDiffer, protectedMode, tlsNeeds,
	} {
		faults = append(faults, check(v)...)
	}
	return faults
}

func someDoor(v view) Faults {
	if v.int("port") != 0 || v.int("tls-port") != 0 || v.string("unixsocket") != "" {
		return nil
	}
	return Faults{v.fault("port", "no client could connect: port and tls-port are 0 and unixsocket is empty", "set one of the three")}
}

// portsDiffer compares doors that were given; a derived http port gives way by
// itself.
func portsDiffer(v view) Faults {
	var faults Faults
	seen := map[int64]string{}
	for _, name := range []string{"port", "tls-port", "http-port"} {
		n := v.int(name)
		if n <= 0 {
			continue
		}
		if other := seen[n]; other != "" {
			faults = append(faults, v.fault(name, "the same port as "+other, "give each door its own port, or 0 to close one"))
		}
		seen[n] = name
	}
	return faults
}

// protectedMode refuses a server that anybody could use. Whether declared users
// close it is seen by whoever reads them: see Exposed.
func protectedMode(v view) Faults {
	if v.string("requirepass") != "" || v.string("aclfile") != "" || v.int("user") > 0 {
		return nil
	}
	return exposed(v)
}

// Exposed returns why a server whose default user needs no password would be
// open to anybody, nil if only this machine could reach it or that is wanted.
func (c *Config) Exposed() error {
	if faults := exposed(c.view()); len(faults) > 0 {
		return faults
	}
	return nil
}

func exposed(v view) Faults {
	certs := v.int("port") == 0 && v.string("tls-auth-clients") == "yes"
	if !v.bool("protected-mode") || certs || v.int("port") == 0 && v.int("tls-port") == 0 {
		return nil
	}
	for _, word := range v.value("bind").Words() {
		if loopback(word) {
			continue
		}
		return Faults{v.fault("bind", fmt.Sprintf("anybody who reaches %s could use the server, since there is no password", strings.TrimPrefix(word, "-")),
			"set requirepass (or CACHED_REQUIREPASS_FILE), or ask for client certificates with port 0 and tls-port, or bind 127.0.0.1, or on a closed network protected-mode no")}
	}
	return nil
}

func tlsNeeds(v view) Faults {
	if v.int("tls-port") == 0 {
		return nil
	}
	var faults Faults
	for _, name := range []string{"tls-cert-file", "tls-key-file"} {
		if v.string(name) == "" {
			faults = append(faults, v.fault("tls-port", "needs "+name, "set it, or tls-port 0"))
		}
	}
	if v.string("tls-auth-clients") != "no" && v.string("tls-ca-cert-file") == "" && v.string("tls-ca-cert-dir") == "" {
		faults = append(faults, v.fault("tls-port", "needs tls-ca-cert-file or tls-ca-cert-dir to check client certificates", "set one, or tls-auth-clients no"))
	}
	return faults
}

// cautions returns what is allowed and probably not meant.
func cautions(v view) []string {
	var list []string
	bound, machine := v.int("maxmemory"), v.c.env.memory
	if machine > 0 && bound > machine {
		list = append(list, fmt.Sprintf("maxmemory %s is more than the %d bytes that the machine or container has: the kernel may end the process first", v.value("maxmemory").written, machine))
	}
	if v.int("proto-max-bulk-len") > v.int("client-query-buffer-limit") {
		list = append(list, "proto-max-bulk-len is over client-query-buffer-limit, which ends such clients first")
	}
	return list
}
