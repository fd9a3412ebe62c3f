package network

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"syscall"
)

// address is one place that a door listens at.
type address struct {
	ip   netip.Addr // invalid: a Unix socket
	port int
}

func (a address) addrPort() netip.AddrPort { return netip.AddrPortFrom(a.ip, uint16(a.port)) }

// unavailable lists the errors of a bind address that begins with "-": this machine does
// not have it. Redis ignores the same.
var unavailable = []error{
	syscall.EADDRNOTAVAIL, syscall.EAFNOSUPPORT, syscall.EPROTONOSUPPORT, syscall.ENOPROTOOPT,
	syscall.EPFNOSUPPORT, syscall.ESOCKTNOSUPPORT, errNoAddress,
}

var errNoAddress = errors.New("no such address")

// eachAddress calls open for all that d names. At least one must open.
func (d Door) eachAddress(open func(address) error) error {
	if d.Path != "" {
		if err := open(address{}); err != nil {
			return fmt.Errorf("network: listen at %s: %w", d.Path, err)
		}
		return nil
	}
	opened, port := 0, d.Port
	for _, bind := range d.Bind {
		ips, optional, err := resolve(bind)
		for _, ip := range ips {
			if err = open(address{ip, port}); err != nil {
				break
			}
			opened++
		}
		if err != nil && !(optional && isAny(err, unavailable)) {
			return d.explain(bind, err)
		}
	}
	if opened == 0 {
		return fmt.Errorf("network: none of the bind addresses %q is available", d.Bind)
	}
	return nil
}

func isAny(err error, of []error) bool {
	for _, e := range of {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// explain names what failed, and the way out where there is one.
func (d Door) explain(bind string, err error) error {
	setting := d.Setting
	if setting == "" {
		setting = "port"
	}
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("network: port %d of %s is in use by another process: stop it, or choose another port with --%s: %w",
			d.Port, bind, setting, err)
	case errors.Is(err, syscall.EACCES):
		return fmt.Errorf("network: port %d of %s needs more rights: choose one above 1023 with --%s: %w",
			d.Port, bind, setting, err)
	case isAny(err, unavailable):
		return fmt.Errorf("network: this machine does not have the bind address %s (write -%s if it may be missing): %w",
			bind, strings.TrimPrefix(bind, "-"), err)
	}
	return fmt.Errorf("network: listen at %s port %d: %w", bind, d.Port, err)
}

// resolve reads a word of redis.conf's bind.
func resolve(bind string) (ips []netip.Addr, optional bool, err error) {
	name, optional := strings.CutPrefix(bind, "-")
	switch name {
	case "*":
		return []netip.Addr{netip.IPv4Unspecified()}, optional, nil
	case "::*", "::":
		return []netip.Addr{netip.IPv6Unspecified()}, optional, nil
	}
	if ip, err := netip.ParseAddr(strings.Trim(name, "[]")); err == nil {
		return []netip.Addr{ip}, optional, nil
	}
	ips, err = net.DefaultResolver.LookupNetIP(context.Background(), "ip", name)
	if err != nil {
		return nil, optional, fmt.Errorf("%w: %w", errNoAddress, err)
	}
	for i := range ips {
		ips[i] = ips[i].Unmap()
	}
	return ips, optional, nil
}
