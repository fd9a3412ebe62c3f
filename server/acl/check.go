package acl

import (
	"bytes"

	"github.com/cachedserver/cached/server/command"
)

// Reason is what a call was refused for. A later one is closer to being allowed:
// of several selectors' refusals the latest is told.
type Reason uint8

// The reasons. ByAuth is none of a call, but of a password that was wrong.
const (
	Allowed Reason = iota
	ByCommand
	ByKey
	ByChannel
	ByAuth
)

// String names the reason as ACL LOG does.
func (r Reason) String() string {
	return [...]string{"allowed", "command", "key", "channel", "auth"}[r]
}

// Denial tells why a call was refused; the zero value: it was not.
type Denial struct {
	Reason Reason
	Pos    int // the argument that was refused: a key or a channel
}

// Denied says whether the call was refused.
func (d Denial) Denied() bool { return d.Reason != Allowed }

// Object is what was refused: the command's full name, the key, or the channel.
func (d Denial) Object(cmd *command.Command, args [][]byte) string {
	if d.Reason == ByCommand {
		return cmd.FullName()
	}
	return string(args[d.Pos])
}

// Explain tells the refusal in Redis's words; key and channel are named only if
// verbose, for the name may be a secret.
func (d Denial) Explain(user string, cmd *command.Command, args [][]byte, verbose bool) string {
	what := "the '" + d.Object(cmd, args) + "' " + d.Reason.String()
	switch {
	case d.Reason == ByCommand:
		return "User " + user + " has no permissions to run " + what
	case verbose:
		return "User " + user + " has no permissions to access " + what
	}
	return "No permissions to access a " + d.Reason.String()
}

// Check tells whether a call may be made. It allocates nothing for a call with up
// to 16 keys.
func (r *Rules) Check(cmd *command.Command, args [][]byte) (worst Denial) {
	var buf [16]command.KeyRef
	keys := keysOf(cmd, args, buf[:0])
	worst.Reason = ByCommand
	for _, s := range r.selectors {
		d := s.check(cmd, args, keys)
		if !d.Denied() {
			return d
		}
		if d.Reason > worst.Reason || d.Reason == worst.Reason && d.Pos > worst.Pos {
			worst = d
		}
	}
	return worst
}

// CheckAnyKey tells whether a call may be made by one who, beside what the call
// names, may also read every key: SORT finds keys in values.
func (r *Rules) CheckAnyKey(cmd *command.Command, args [][]byte) bool {
	keys := keysOf(cmd, args, nil)
	for _, s := range r.selectors {
		if s.readsAnyKey() && !s.check(cmd, args, keys).Denied() {
			return true
		}
	}
	return false
}

// keysOf finds a call's keys. Where arguments do not fit there are none: the
// handler refuses such a call before it touches a key.
func keysOf(cmd *command.Command, args [][]byte, buf []command.KeyRef) []command.KeyRef {
	if !cmd.HasKeys() {
		return nil
	}
	keys, err := cmd.KeyRefs(args, buf)
	if err != nil {
		return nil
	}
	return keys
}

func (s *selector) check(cmd *command.Command, args [][]byte, keys []command.KeyRef) Denial {
	if !s.mayRun(cmd, args) {
		return Denial{Reason: ByCommand}
	}
	if !s.allKeys {
		for _, k := range keys {
			if k.Flags&command.NotKey == 0 && !s.mayUse(args[k.Pos], accessOf(k.Flags)) {
				return Denial{ByKey, k.Pos}
			}
		}
	}
	if !s.allChannels && cmd.Channels != command.NoChannels {
		for i, ch := range cmd.ChannelArgs(args) {
			if !s.mayHear(ch, cmd.Channels == command.SubscribeFit) {
				return Denial{ByChannel, i + 1}
			}
		}
	}
	return Denial{}
}

// mayRun tells whether the command may be called at all, or with its first
// argument. What may be called before AUTH always may.
func (s *selector) mayRun(cmd *command.Command, args [][]byte) bool {
	if s.allCommands || cmd.Is(command.NoAuth) || s.commands.has(cmd.ID()) {
		return true
	}
	first := 1
	if cmd.Parent() != nil {
		first = 2
	}
	if len(args) <= first {
		return false
	}
	for _, arg := range s.firstArgs[cmd.ID()] {
		if sameWord(arg, args[first]) {
			return true
		}
	}
	return false
}

// sameWord compares, ASCII case ignored.
func sameWord(a string, b []byte) bool {
	lower := func(c byte) byte {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		return c
	}
	if len(a) != len(b) {
		return false
	}
	for i := range b {
		if lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}

func (s *selector) mayUse(key []byte, a access) bool {
	for i := range s.keys {
		if k := &s.keys[i]; k.access&a == a && command.Match(k.pattern, key, false) {
			return true
		}
	}
	return false
}

// mayHear tells whether a channel may be used. A pattern of channels may be when
// a rule has just this pattern: whether one pattern is within another is not
// looked into.
func (s *selector) mayHear(channel []byte, pattern bool) bool {
	for _, p := range s.channels {
		if pattern && bytes.Equal(p, channel) || !pattern && command.Match(p, channel, false) {
			return true
		}
	}
	return false
}

func (s *selector) readsAnyKey() bool {
	if s.allKeys {
		return true
	}
	for _, k := range s.keys {
		if k.access&reads != 0 && string(k.pattern) == "*" {
			return true
		}
	}
	return false
}

// LosesChannels tells whether a user with rules r could use channels that one
// with the rules next cannot, so that subscriptions have to be looked at.
func (r *Rules) LosesChannels(next *Rules) bool {
	left := next.hearing()
	if left.allChannels {
		return false
	}
	for _, s := range r.selectors {
		if s.allChannels {
			return true
		}
		for _, ch := range s.channels {
			if !left.mayHear(ch, true) {
				return true
			}
		}
	}
	return false
}

// MayHear tells whether a subscription, to a pattern or to one channel, is within
// the rights.
func (r *Rules) MayHear(channel []byte, pattern bool) bool {
	s := r.hearing()
	return s.allChannels || s.mayHear(channel, pattern)
}

// hearing joins the channels of all selectors.
func (r *Rules) hearing() (all selector) {
	for _, s := range r.selectors {
		all.allChannels = all.allChannels || s.allChannels
		all.channels = append(all.channels, s.channels...)
	}
	return all
}
