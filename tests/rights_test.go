package tests

import (
	"math/rand/v2"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cachedserver/cached/protocol"
	"github.com/cachedserver/cached/tests/peer"
	"github.com/cachedserver/cached/tests/script"
)

// TestRandomRightsAgreeWithRedis makes users by random rules in a real
// redis-server and in ours, and asks both what they may do.
func TestRandomRightsAgreeWithRedis(t *testing.T) {
	bin, err := exec.LookPath("redis-server")
	if err != nil {
		t.Skip("there is no redis-server on the PATH to compare with")
	}
	seed := *historySeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("replay with -history-seed %d", seed)
	m := &rightsModel{
		t: t, r: rand.New(rand.NewPCG(seed, 1)),
		redis: dialWorld(t, "redis", peer.Run(t, peer.Redis(bin)).Addr),
		ours:  dialWorld(t, "server", peer.Run(t, peer.Cached(peer.Binary(t))).Addr),
	}
	m.learn()
	for range 400 {
		m.user()
		if t.Failed() {
			return
		}
	}
	if m.allowed < 500 || m.refused < 500 {
		t.Errorf("%d calls were allowed, %d refused: the rules are not worth much", m.allowed, m.refused)
	}
}

// otherwise are commands whose row Redis 7.2 changed in a way that shows here, or
// whose subcommands Redis takes for arguments.
var otherwise = []string{"debug"}

type rightsModel struct {
	t                *testing.T
	r                *rand.Rand
	redis, ours      script.Client
	names            []string // full, as "config|get"
	categories       []string
	allowed, refused int
}

// learn takes the commands that both know and take the same number of arguments
// for.
func (m *rightsModel) learn() {
	known := m.arities(m.ours)
	for name, arity := range m.arities(m.redis) {
		container, _, _ := strings.Cut(name, "|")
		if known[name] == arity && !slices.Contains(otherwise, container) {
			m.names = append(m.names, name)
		}
	}
	slices.Sort(m.names)
	if len(m.names) < 200 {
		m.t.Errorf("both know %d commands only", len(m.names))
	}
	r, err := m.redis.Do([]string{"ACL", "CAT"})
	if err != nil {
		m.t.Fatal(err)
	}
	for _, c := range r.Elems {
		m.categories = append(m.categories, string(c.Str))
	}
}

func (m *rightsModel) pick(of ...string) string { return of[m.r.IntN(len(of))] }

// arities are those of all commands, by full name.
func (m *rightsModel) arities(of script.Client) map[string]int64 {
	r, err := of.Do([]string{"COMMAND"})
	if err != nil {
		m.t.Fatal(err)
	}
	all := make(map[string]int64)
	for _, row := range r.Elems {
		all[string(row.Elems[0].Str)] = row.Elems[1].Int
		for _, sub := range row.Elems[9].Elems {
			all[string(sub.Elems[0].Str)] = sub.Elems[1].Int
		}
	}
	return all
}

// rule is one of a selector.
func (m *rightsModel) rule() string {
	pattern := m.pick("a", "b*", "*", "?", "[a-b]", "c")
	switch m.r.IntN(12) {
	case 0, 1, 2:
		return m.pick("+", "+", "-") + "@" + m.pick(append(m.categories, "all", "nosuch")...)
	case 3, 4, 5:
		return m.pick("+", "+", "-") + m.pick(m.names...)
	case 6:
		return m.pick("+", "-") + m.pick("select|a", "set|b", "config|nosuch", "nosuch", "config|get|x", "get|", "memory|usage", "getrange|A")
	case 7:
		return "~" + pattern
	case 8:
		return "%" + m.pick("R", "W", "RW", "r", "X", "RR") + "~" + pattern
	case 9:
		return "&" + pattern
	case 10:
		return m.pick("allkeys", "resetkeys", "allchannels", "resetchannels", "allcommands", "nocommands", "AllKeys")
	}
	return "+@" + m.pick("read", "write", "string", "list", "keyspace", "pubsub")
}

func (m *rightsModel) rules() []string {
	rules := []string{"reset"}
	for range 1 + m.r.IntN(8) {
		if m.r.IntN(5) > 0 {
			rules = append(rules, m.rule())
			continue
		}
		var inner []string
		for range m.r.IntN(5) {
			inner = append(inner, m.rule())
		}
		rules = append(rules, "("+strings.Join(inner, " ")+")")
	}
	return rules
}

// call is a command with arguments that may or may not make sense to it.
func (m *rightsModel) call() []string {
	call := strings.Split(m.pick(m.names...), "|")
	for range 1 + m.r.IntN(6) {
		call = append(call, m.pick("a", "b", "b1", "c", "d", "1", "2", "STORE", "GET", "BY", "w_*", "STREAMS", "b*", "KEYS", "STOREDIST"))
	}
	return call
}

// user makes one, and asks what it may do.
func (m *rightsModel) user() {
	rules := m.rules()
	if theirs, ours := m.ask(append([]string{"ACL", "SETUSER", "u"}, rules...)); theirs != ours {
		m.t.Errorf("ACL SETUSER u %s\nRedis: %s\nours:  %s", strings.Join(rules, " "), theirs, ours)
		return
	}
	if theirs, ours := m.shown(m.redis), m.shown(m.ours); theirs != ours {
		m.t.Errorf("ACL SETUSER u %s\nACL GETUSER u\nRedis:\n%s\nours:\n%s", strings.Join(rules, " "), theirs, ours)
		return
	}
	for range 40 {
		call := m.call()
		theirs, ours := m.ask(append([]string{"ACL", "DRYRUN", "u"}, call...))
		if theirs != ours {
			m.t.Errorf("ACL SETUSER u %s\nACL DRYRUN u %s\nRedis: %s\nours:  %s", strings.Join(rules, " "), strings.Join(call, " "), theirs, ours)
			return
		}
		switch {
		case theirs == "OK":
			m.allowed++
		case strings.Contains(theirs, "no permissions"):
			m.refused++
		}
	}
}

// shown is what ACL GETUSER says but for commands, whose rules 7.0 finds anew.
func (m *rightsModel) shown(by script.Client) string {
	r, err := by.Do([]string{"ACL", "GETUSER", "u"})
	if err != nil {
		m.t.Fatal(err)
	}
	fields := r.Elems
	if len(fields) < 12 {
		return "" // none of its rules were right as yet
	}
	for _, selector := range fields[11].Elems {
		fields = append(fields, selector.Elems...)
	}
	var b strings.Builder
	for i := 0; i+1 < len(fields); i += 2 {
		switch name := string(fields[i].Str); name {
		case "commands", "selectors":
		default:
			text := protocol.Format(fields[i+1])
			if name == "keys" { // what we write otherwise on purpose
				text = strings.ReplaceAll(text, "%RW~*", "~*")
			}
			b.WriteString(name + ": " + text + "\n")
		}
	}
	return b.String()
}

// whoRefused is worded otherwise since 7.2.
var whoRefused = regexp.MustCompile(`(This user|User u) has`)

func (m *rightsModel) ask(args []string) (theirs, ours string) {
	said := func(of script.Client) string {
		r, err := of.Do(args)
		if err != nil {
			m.t.Fatal(err)
		}
		return whoRefused.ReplaceAllString(string(r.Str), "u has")
	}
	return said(m.redis), said(m.ours)
}
