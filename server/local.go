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
}

// locals are the rows of all such commands, by family.
func locals() []local {
	return slices.Concat(
		connectionCommands(),
		clientCommands(),
		configCommands(),
		commandCommands(),
		serverCommands(),
		shutdownCommands(),
		memoryCommands(),
		latencyCommands(),
		debugCommands(),
	)
}

// row is the declaration alone, subcommands included.
func (c local) row() command.Command {
	row := c.Command
	for _, s := range c.sub {
		row.Sub = append(row.Sub, s.row())
	}
	return row
}

// newTable joins the data commands with the server's own, and returns for each
// command's ID the server's body, or nil.
func newTable() (*command.Table, []func(*session, *command.Call), error) {
	own := locals()
	rows := make([]command.Command, len(own))
	for i, c := range own {
		rows[i] = c.row()
	}
	table, err := command.NewTable(command.Data(), rows)
	if err != nil {
		return nil, nil, err
	}
	bodies := make([]func(*session, *command.Call), table.Len())
	for _, c := range own {
		if c.run != nil {
			bodies[table.Find(c.Name).ID()] = c.run
		}
		for _, s := range c.sub {
			if s.run != nil {
				bodies[table.Find(c.Name+"|"+s.Name).ID()] = s.run
			}
		}
	}
	return table, bodies, nil
}
