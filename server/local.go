package server

import (
	"slices"

	"github.com/cachedserver/cached/server/command"
)

// local is a command that concerns a connection or the process, not data: the
// same row as any other, with a body that knows its session.
type local struct {
	command.Command
	run func(*session, *command.Call)
	sub []local

	atOnce    bool // not queued by MULTI
	exec      bool // runs what was queued
	listening bool // allowed to a RESP2 client that has subscriptions

	// secret tells whether argument i must not be shown to anybody; nil: none.
	secret func(srv *Server, args [][]byte, i int) bool
}

// locals are the rows of all such commands, by family.
func locals() []local {
	return slices.Concat(
		aclCommands(),
		connectionCommands(),
		clientCommands(),
		configCommands(),
		commandCommands(),
		serverCommands(),
		shutdownCommands(),
		memoryCommands(),
		latencyCommands(),
		debugCommands(),
		multiCommands(),
		pubsubCommands(),
		scriptingCommands(),
	)
}

// Tips that tell clients of a cluster and its proxies whom to ask and how to
// join the answers.
const (
	varies       = "nondeterministic_output"
	variesOrder  = "nondeterministic_output_order"
	allNodes     = "request_policy:all_nodes"
	allShards    = "request_policy:all_shards"
	allSucceeded = "response_policy:all_succeeded"
	special      = "response_policy:special"
	leastOf      = "response_policy:agg_min"
	sumOf        = "response_policy:agg_sum"
)

// tips adds hints for clients to a row.
func (c local) tips(tips ...string) local {
	c.Tips = append(c.Tips, tips...)
	return c
}

// in adds ACL categories to a row that its group and flags do not give.
func (c local) in(cats command.Category) local {
	c.Categories |= cats
	return c
}

// hiding has MONITOR and SLOWLOG show secrets among the arguments as redacted:
// secret tells which they are.
func (c local) hiding(secret func(srv *Server, args [][]byte, i int) bool) local {
	c.secret = secret
	return c
}

// row is the declaration alone, subcommands included.
func (c local) row() command.Command {
	row := c.Command
	for _, s := range c.sub {
		row.Sub = append(row.Sub, s.row())
	}
	return row
}

// body is what the server knows of its own commands besides their rows.
type body struct {
	run    func(*session, *command.Call) // nil: a data command
	secret func(srv *Server, args [][]byte, i int) bool

	atOnce, exec, listening bool
}

func (c local) body() body { return body{c.run, c.secret, c.atOnce, c.exec, c.listening} }

// newTable joins the data commands with the server's own, and returns for each
// command's ID what the server knows of it.
func newTable() (*command.Table, []body, error) {
	own := locals()
	rows := make([]command.Command, len(own))
	for i, c := range own {
		rows[i] = c.row()
	}
	table, err := command.NewTable(command.Data(), rows)
	if err != nil {
		return nil, nil, err
	}
	bodies := make([]body, table.Len())
	for _, c := range own {
		bodies[table.Find(c.Name).ID()] = c.body()
		for _, s := range c.sub {
			bodies[table.Find(c.Name+"|"+s.Name).ID()] = s.body()
		}
	}
	return table, bodies, nil
}

// redact returns the arguments as others may see them.
func (srv *Server) redact(cmd *command.Command, args [][]byte) [][]byte {
	secret := srv.locals[cmd.ID()].secret
	if secret == nil {
		return args
	}
	shown := slices.Clone(args)
	for i := range shown {
		if secret(srv, args, i) {
			shown[i] = []byte("(redacted)")
		}
	}
	return shown
}
