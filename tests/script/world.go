package script

import (
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/cachedserver/cached/protocol"
)

// World is a place where scripts run.
type World struct {
	Name    string // as conditions call it: "engine", "server", "redis"
	Version string // of Redis, as the world says it speaks it
	Connect func() (Client, error)
	Knows   func(command string) bool
	Sleep   func(time.Duration) // lets time pass
}

// Client is one client's connection to a world.
type Client interface {
	Do(args []string) (protocol.Reply, error)
	Close() error
}

// WireClient is what a client needs besides for steps that look at the
// connection itself (!raw, !send, !read, !silent, !closed).
type WireClient interface {
	Client
	Send(b []byte) error
	Read(limit time.Duration) (protocol.Reply, error)
}

// Engine is the engine alone: commands as calls, without a connection. Do
// returns the encoded reply. Sleep moves the engine's clock, so that tests of
// expiry take no time.
type Engine interface {
	Do(client int, args []string) []byte
	Knows(command string) bool
	Sleep(d time.Duration)
}

// EngineWorld is the world of an engine.
func EngineWorld(e Engine, version string) *World {
	clients := 0
	return &World{
		Name: "engine", Version: version, Knows: e.Knows, Sleep: e.Sleep,
		Connect: func() (Client, error) {
			clients++
			return engineClient{e, clients}, nil
		},
	}
}

type engineClient struct {
	engine Engine
	number int
}

func (c engineClient) Do(args []string) (protocol.Reply, error) {
	r, _, err := protocol.DecodeReply(c.engine.Do(c.number, args))
	return r, err
}

func (c engineClient) Close() error { return nil }

// WireWorld is the world of the server at addr. It asks the server for its
// version.
func WireWorld(name, addr string) (*World, error) {
	connect := func() (Client, error) { return dial(addr) }
	c, err := connect()
	if err != nil {
		return nil, err
	}
	defer c.Close()
	info, err := c.Do([]string{"INFO", "server"})
	if err != nil {
		return nil, err
	}
	_, rest, found := strings.Cut(string(info.Str), "redis_version:")
	if !found {
		return nil, fmt.Errorf("script: %s tells no redis_version", name)
	}
	version, _, _ := strings.Cut(rest, "\r\n")
	return &World{Name: name, Version: version, Connect: connect, Knows: knows(connect), Sleep: time.Sleep}, nil
}

// knows asks the server for a command's row.
func knows(connect func() (Client, error)) func(string) bool {
	return func(command string) bool {
		c, err := connect()
		if err != nil {
			return false
		}
		defer c.Close()
		r, err := c.Do([]string{"COMMAND", "INFO", command})
		return err == nil && len(r.Elems) == 1 && len(r.Elems[0].Elems) > 0
	}
}

// replyTimeout is how long a reply may take before the server counts as hung.
const replyTimeout = 5 * time.Second

// wire is a client over a socket.
type wire struct {
	conn   net.Conn
	dec    *protocol.Decoder
	pushes []protocol.Reply // came while a reply was awaited
}

func dial(addr string) (*wire, error) {
	conn, err := net.DialTimeout("tcp", addr, replyTimeout)
	if err != nil {
		return nil, err
	}
	return &wire{conn: conn, dec: protocol.NewDecoder(conn)}, nil
}

func (c *wire) Do(args []string) (protocol.Reply, error) {
	if err := c.Send(encode(args)); err != nil {
		return protocol.Reply{}, err
	}
	for {
		r, err := c.receive(replyTimeout)
		if err != nil || r.Kind != protocol.PushKind {
			return r, err
		}
		c.pushes = append(c.pushes, r)
	}
}

func (c *wire) Send(b []byte) error {
	_, err := c.conn.Write(b)
	return err
}

func (c *wire) Read(limit time.Duration) (protocol.Reply, error) {
	if len(c.pushes) > 0 {
		r := c.pushes[0]
		c.pushes = c.pushes[1:]
		return r, nil
	}
	return c.receive(limit)
}

func (c *wire) receive(limit time.Duration) (protocol.Reply, error) {
	if err := c.conn.SetReadDeadline(time.Now().Add(limit)); err != nil {
		return protocol.Reply{}, err
	}
	return c.dec.Read()
}

func (c *wire) Close() error { return c.conn.Close() }

func encode(args []string) []byte {
	var w protocol.Writer
	w.Array(len(args))
	for _, a := range args {
		w.BulkString(a)
	}
	b, _ := w.Bytes()
	return b
}

// holds tells whether c lets the section run in w; if not, why.
func (c Condition) holds(w *World) (why string, ok bool) {
	switch c.Kind {
	case "skip":
		return c.Reason, c.What != w.Name
	case "needs":
		for _, name := range strings.Fields(c.What) {
			if !w.Knows(name) {
				return fmt.Sprintf("needs %s, which %s does not know", name, w.Name), false
			}
		}
		return "", true
	}
	least, isLeast := strings.CutPrefix(c.What, "redis>=")
	below, isBelow := strings.CutPrefix(c.What, "redis<")
	switch {
	case isLeast:
		return c.Reason, !older(w.Version, least)
	case isBelow:
		return c.Reason, older(w.Version, below)
	}
	return fmt.Sprintf("condition %q is not understood", c.What), false
}

// older compares dotted versions number by number.
func older(a, b string) bool {
	as, bs := strings.Split(a, "."), strings.Split(b, ".")
	for i := range bs {
		y, _ := strconv.Atoi(bs[i])
		x := 0
		if i < len(as) {
			x, _ = strconv.Atoi(as[i])
		}
		if x != y {
			return x < y
		}
	}
	return false
}

// CommandNames asks the server at addr for all its commands, in capitals, with
// subcommands as "CONFIG GET".
func CommandNames(addr string) (names []string, err error) {
	c, err := dial(addr)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	rows, err := c.Do([]string{"COMMAND"})
	const subcommands = 9 // place in a row, since Redis 7
	var add func(row protocol.Reply)
	add = func(row protocol.Reply) {
		name := strings.ReplaceAll(string(row.Elems[0].Str), "|", " ")
		names = append(names, strings.ToUpper(name))
		for _, sub := range row.Elems[subcommands].Elems {
			add(sub)
		}
	}
	for _, row := range rows.Elems {
		if len(row.Elems) <= subcommands {
			return nil, fmt.Errorf("script: a row of COMMAND has %d elements", len(row.Elems))
		}
		add(row)
	}
	return names, err
}
