package server

import (
	"time"

	"github.com/cachedserver/cached/protocol"
	"github.com/cachedserver/cached/server/command"
)

// serverCommands are those about the process and its place among others.
func serverCommands() []local {
	const (
		any = command.Loading | command.Stale
		op  = any | command.Admin | command.NoScript
	)
	row := func(name, since, syntax, summary string, flags command.Flags, run func(*session, *command.Call)) local {
		return local{Command: command.Command{
			Name: name, Group: "server", Since: since, Complexity: "O(1)",
			Syntax: syntax, Summary: summary, Flags: flags,
		}, run: run}
	}
	return []local{
		row("BGREWRITEAOF", "1.0.0", "", "Rewrites the append-only file in the background.",
			command.Admin|command.NoScript|command.NoAsyncLoading, (*session).bgRewriteAOF),
		row("BGSAVE", "1.0.0", "[SCHEDULE]", "Saves the databases in the background.",
			command.Admin|command.NoScript|command.NoAsyncLoading, (*session).bgSave),
		row("FAILOVER", "6.2.0", "[TO host port [FORCE]] [ABORT] [TIMEOUT milliseconds]", "Hands the lead over to a replica.",
			command.Admin|command.NoScript|command.Stale, (*session).noReplica),
		row("INFO", "1.0.0", "[section [section ...]]", "Returns figures and facts about the node.",
			any, (*session).info).tips(varies, allShards, special).in(command.CatDangerous),
		row("LASTSAVE", "1.0.0", "", "Returns the time of the last successful save.",
			any|command.Fast, (*session).lastSave).tips(varies).in(command.CatAdmin | command.CatDangerous),
		row("LOLWUT", "5.0.0", "[VERSION version]", "Draws a picture of the cache.",
			command.Read|command.Fast, (*session).lolwut),
		row("MONITOR", "1.0.0", "", "Shows every command that the node runs, as it runs.",
			op, (*session).monitor),
		row("REPLICAOF", "5.0.0", "<host port | NO ONE>", "Makes the node follow another.",
			command.Admin|command.NoScript|command.Stale|command.NoAsyncLoading, (*session).replicaOf),
		row("ROLE", "2.8.12", "", "Tells the node's place in replication.",
			any|command.NoScript|command.Fast, (*session).role).in(command.CatAdmin | command.CatDangerous),
		row("SAVE", "1.0.0", "", "Saves the databases and waits until that is done.",
			command.Admin|command.NoScript|command.NoAsyncLoading|command.NoMulti|command.Unbounded, (*session).save),
		row("SLAVEOF", "1.0.0", "<host port | NO ONE>", "Makes the node follow another; the old name of REPLICAOF.",
			command.Admin|command.NoScript|command.Stale|command.NoAsyncLoading, (*session).replicaOf),
		row("TIME", "2.6.0", "", "Returns the node's clock: seconds and microseconds.",
			any|command.Fast, (*session).clock).tips(varies),
		waitRow("WAIT", "3.0.0", "numreplicas timeout", "Waits until replicas have this connection's writes.", 0, (*session).wait),
		waitRow("WAITAOF", "7.2.0", "numlocal numreplicas timeout", "Waits until this connection's writes are on disk.", command.NoScript|command.Unbounded, (*session).waitAOF),
	}
}

func waitRow(name, since, syntax, summary string, flags command.Flags, run func(*session, *command.Call)) local {
	return local{Command: command.Command{
		Name: name, Group: "connection", Since: since, Complexity: "O(1)",
		Syntax: syntax, Summary: summary, Flags: flags,
		Tips: []string{allShards, leastOf},
	}, run: run}
}

func (s *session) noReplica(c *command.Call) { c.Out.Error(errNoReplica) }

// replicaOf can honour "NO ONE": that is what the node is.
func (s *session) replicaOf(c *command.Call) {
	if equalFold(c.Args[1], "NO") && equalFold(c.Args[2], "ONE") {
		c.Out.OK()
		return
	}
	c.Out.Error(errNoReplica)
}

func (s *session) info(c *command.Call) {
	c.Out.Verbatim("txt", infoText(s.srv.Info(texts(c.Args[1:])...)))
}

func (s *session) role(c *command.Call) {
	c.Out.Array(3)
	c.Out.BulkString("master")
	c.Out.Int(0)
	c.Out.Array(0)
}

func (s *session) clock(c *command.Call) {
	now := time.Now()
	c.Out.Array(2)
	c.Out.BulkInt(now.Unix())
	c.Out.BulkInt(int64(now.Nanosecond() / 1000))
}

// wait answers at once: the node has no replicas, so there is nobody to wait
// for, however long the client would.
func (s *session) wait(c *command.Call) {
	if _, err := waitArgs(c.Args[1:]); err != nil {
		c.Out.Error(err)
		return
	}
	c.Out.Int(0)
}

func (s *session) waitAOF(c *command.Call) {
	local, err := waitArgs(c.Args[1:])
	switch {
	case err != nil:
		c.Out.Error(err)
	case local > 1:
		c.Out.Error(errBetween(0, 1))
	case local > 0 && s.srv.journal.log.Load() == nil:
		c.Out.Error(errNoAOF)
	case local > 0:
		s.srv.journal.log.Load().Flush()
		c.Out.Array(2)
		c.Out.Int(1)
		c.Out.Int(0)
	default:
		c.Out.Array(2)
		c.Out.Int(0)
		c.Out.Int(0)
	}
}

// waitArgs reads counts and, last, a timeout; it returns the first count.
func waitArgs(args [][]byte) (first int64, err error) {
	for i, a := range args {
		n, ok := protocol.ParseInt(a)
		timeout := i == len(args)-1
		switch {
		case !ok && timeout:
			return 0, errTimeout
		case !ok:
			return 0, protocol.ErrNotInteger
		case n < 0 && timeout:
			return 0, errTimeoutSign
		case n < 0 && len(args) == 3:
			return 0, protocol.ErrNotPositive
		}
		if i == 0 {
			first = n
		}
	}
	return first, nil
}
