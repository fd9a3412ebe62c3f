package server

import (
	"errors"

	"github.com/cachedserver/cached/server/command"
	"github.com/cachedserver/cached/server/config"
)

// configCommands is CONFIG: settings read and changed while the node runs. What
// a change does is in live.go.
func configCommands() []local {
	const op = command.Admin | command.NoScript | command.Loading | command.Stale
	sub := func(name, since, complexity, syntax, summary string, run func(*session, *command.Call)) local {
		return local{Command: command.Command{
			Name: name, Group: "server", Since: since, Complexity: complexity,
			Syntax: syntax, Summary: summary, Flags: op,
		}, run: run}
	}
	return []local{{
		Command: command.Command{
			Name: "CONFIG", Group: "server", Since: "2.0.0", Complexity: "Depends on subcommand.",
			Summary: "Shows and changes settings.",
		},
		sub: []local{
			sub("GET", "2.0.0", "O(N) where N is the number of settings", "parameter [parameter ...]",
				"Returns the settings whose names fit the patterns.", (*session).configGet),
			sub("RESETSTAT", "2.0.0", "O(1)", "", "Begins the figures of INFO anew.", (*session).configResetStat).tips(allNodes, allSucceeded),
			sub("REWRITE", "2.8.0", "O(1)", "", "Writes the settings in force to the configuration file.", (*session).configRewrite).tips(allNodes, allSucceeded),
			sub("SET", "2.0.0", "O(N) where N is the number of settings given", "parameter value [parameter value ...]",
				"Changes settings, all of them or none.", (*session).configSet).tips(allNodes, allSucceeded).hiding(secretSetting),
		},
	}}
}

// secretSetting hides the values of passwords.
func secretSetting(srv *Server, args [][]byte, i int) bool {
	return i > 2 && i%2 == 1 && srv.config.Sensitive(string(args[i-1]))
}

func texts(args [][]byte) []string {
	out := make([]string, len(args))
	for i, a := range args {
		out[i] = string(a)
	}
	return out
}

func (s *session) configGet(c *command.Call) {
	pairs := s.srv.config.Get(texts(c.Args[2:])...)
	c.Out.Map(len(pairs))
	for _, p := range pairs {
		c.Out.BulkString(p.Name)
		c.Out.BulkString(p.Value)
	}
}

func (s *session) configSet(c *command.Call) {
	if err := s.srv.config.Set(texts(c.Args[2:]), s.onThisMachine()); err != nil {
		c.Out.Error(errConfigSet(err))
		return
	}
	for _, w := range s.srv.config.Warnings() {
		s.srv.logger.Warn(w)
	}
	c.Out.OK()
}

func (s *session) configResetStat(c *command.Call) {
	s.srv.stats.Reset()
	s.srv.ks.ResetStats()
	s.srv.net.ResetLongest()
	c.Out.OK()
}

func (s *session) configRewrite(c *command.Call) {
	err := s.srv.config.Rewrite(config.Kept{Name: "user", Lines: s.srv.userLines()})
	switch {
	case errors.Is(err, config.ErrNoFile):
		c.Out.Error(errConfigSet(err))
	case err != nil:
		s.srv.logger.Error("CONFIG REWRITE failed", "err", err)
		c.Out.Error(errRewrite(err))
	default:
		c.Out.OK()
	}
}
