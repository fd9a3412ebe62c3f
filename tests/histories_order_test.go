package tests

import (
	"bytes"
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/cachedserver/cached/protocol"
)

// readBack shows what is in the keyspace when a history is over, as far as the
// server knows the commands.
func readBack(known map[string]bool) (h [][]string) {
	h = append(h, []string{"DBSIZE"}, []string{"KEYS", "*"})
	for _, key := range historyKeys {
		h = append(h, []string{"TYPE", key}, []string{"EXPIRETIME", key}, []string{"OBJECT", "ENCODING", key})
		for _, read := range []string{"GET %", "HGETALL %", "SMEMBERS %", "LRANGE % 0 -1", "ZRANGE % 0 -1 WITHSCORES", "PFCOUNT %",
			"XRANGE % - +", "XINFO STREAM %", "XINFO GROUPS %", "XPENDING % gA - + 100", "XPENDING % gB - + 100"} {
			h = append(h, strings.Fields(strings.Replace(read, "%", key, 1)))
		}
	}
	return slices.DeleteFunc(h, func(args []string) bool { return !known[args[0]] })
}

// exchange is a command and what the two servers replied.
type exchange struct {
	args         []string
	theirs, said protocol.Reply
}

// same compares the replies, the order of what has none and times that no two
// servers share taken out.
func (e exchange) same() bool {
	restore(e.args, &e.theirs)
	restore(e.args, &e.said)
	return e.theirs.Kind == e.said.Kind && protocol.Format(e.theirs) == protocol.Format(e.said) || meant(e.args, e.theirs, e.said)
}

// transaction follows MULTI, since the replies of its commands come together.
type transaction struct {
	queued [][]string
}

// parts takes a reply of EXEC apart; any other exchange is its own only part.
func (t *transaction) parts(e exchange) []exchange {
	if e.theirs.Kind == protocol.SimpleKind && string(e.theirs.Str) == "QUEUED" {
		t.queued = append(t.queued, e.args)
		return []exchange{e}
	}
	queued := t.queued
	switch strings.ToUpper(e.args[0]) {
	case "EXEC", "DISCARD":
		t.queued = nil
	}
	if !strings.EqualFold(e.args[0], "EXEC") || len(e.theirs.Elems) != len(queued) || len(e.said.Elems) != len(queued) {
		return []exchange{e}
	}
	var parts []exchange
	for i, args := range queued {
		parts = append(parts, exchange{args, e.theirs.Elems[i], e.said.Elems[i]})
	}
	return parts
}

// restore undoes what is no part of a reply's meaning.
func restore(args []string, r *protocol.Reply) {
	switch strings.ToUpper(args[0]) {
	case "KEYS", "SMEMBERS", "SINTER", "SUNION", "SDIFF", "SPOP", "SRANDMEMBER", "HKEYS", "HVALS":
		sortReplies(r.Elems, 1)
	case "HRANDFIELD", "ZRANDMEMBER":
		width := 1
		if len(args) == 4 && (len(r.Elems) == 0 || len(r.Elems[0].Elems) == 0) { // RESP3 nests the pairs
			width = 2
		}
		sortReplies(r.Elems, width)
	case "HGETALL":
		sortReplies(r.Elems, 2)
	case "SSCAN", "HSCAN", "ZSCAN":
		if len(r.Elems) == 2 {
			sortReplies(r.Elems[1].Elems, map[bool]int{true: 1, false: 2}[strings.EqualFold(args[0], "SSCAN")])
		}
	case "XPENDING":
		for _, e := range r.Elems {
			if len(e.Elems) == 4 {
				e.Elems[2].Int = 0 // for how long
			}
		}
	case "XINFO":
		dropConsumers(r)
		dropFields(r, "consumers", "idle", "inactive", "seen-time", "active-time", "radix-tree-keys", "radix-tree-nodes")
	}
}

// sortReplies sorts groups of width elements by their text.
func sortReplies(all []protocol.Reply, width int) {
	var groups [][]protocol.Reply
	for g := range slices.Chunk(slices.Clone(all), width) {
		groups = append(groups, g)
	}
	slices.SortStableFunc(groups, func(a, b []protocol.Reply) int {
		return cmp.Or(strings.Compare(protocol.Format(a[0]), protocol.Format(b[0])),
			strings.Compare(protocol.Format(a[len(a)-1]), protocol.Format(b[len(b)-1])))
	})
	for i, g := range groups {
		copy(all[i*width:], g)
	}
}

// dropFields takes named fields out of a map, whatever its depth.
func dropFields(r *protocol.Reply, names ...string) {
	var kept []protocol.Reply
	for i := 0; i < len(r.Elems); i++ {
		if e := r.Elems[i]; e.Kind == protocol.BulkKind && slices.Contains(names, string(e.Str)) {
			i++
			continue
		}
		dropFields(&r.Elems[i], names...)
		kept = append(kept, r.Elems[i])
	}
	r.Elems = kept
}

// dropConsumers takes away consumers that own nothing: since Redis 7.2 one is
// made whenever it is named, before only when it got an entry.
func dropConsumers(r *protocol.Reply) {
	r.Elems = slices.DeleteFunc(r.Elems, func(c protocol.Reply) bool {
		return len(c.Elems) >= 4 && string(c.Elems[2].Str) == "pending" && c.Elems[3].Int == 0
	})
}

// meantDifferences are those that are no fault.
var meantDifferences = []struct {
	why string
	is  func(args []string, theirs, said protocol.Reply) bool
}{
	{"INCRBYFLOAT leaves a whole number as text in Redis, as an integer here: it takes less memory", func(args []string, theirs, said protocol.Reply) bool {
		return isEncoding(args) && string(said.Str) == "int" && (string(theirs.Str) == "embstr" || string(theirs.Str) == "raw")
	}},
	{"a timeout that overflows is \"out of range\" since Redis 7.2", func(args []string, theirs, said protocol.Reply) bool {
		return string(theirs.Str) == "ERR timeout is negative" && string(said.Str) == "ERR timeout is out of range"
	}},
	{"numbers are written in the fewest digits that read back, since Redis 7.2; the last digit of a distance is the sine's, and a score of -0 loses its sign when packed, which Redis 7.0 does at other times", func(args []string, theirs, said protocol.Reply) bool {
		return sameNumbers(theirs, said)
	}},
	{"BITCOUNT and BITPOS look at their arguments before the key, since Redis 7.2", func(args []string, theirs, said protocol.Reply) bool {
		return strings.HasPrefix(strings.ToUpper(args[0]), "BIT") && said.Kind == protocol.ErrorKind &&
			(theirs.Kind == protocol.IntKind || strings.HasPrefix(string(theirs.Str), "WRONGTYPE"))
	}},
	{"a consumer of a group is made whenever it is named since Redis 7.2", func(args []string, theirs, said protocol.Reply) bool {
		return len(args) > 1 && args[1] == "CREATECONSUMER" && theirs.Kind == protocol.IntKind && said.Kind == protocol.IntKind
	}},
	{"SORT reads an element up to its first zero byte in Redis", func(args []string, theirs, said protocol.Reply) bool {
		return strings.HasPrefix(strings.ToUpper(args[0]), "SORT") && strings.HasSuffix(string(said.Str), "can't be converted into double")
	}},
	{"SORT unpacks a sorted set in Redis", func(args []string, theirs, said protocol.Reply) bool {
		return isEncoding(args) && string(theirs.Str) == "skiplist" && string(said.Str) == "listpack"
	}},
	{"scripts may call commands that wait since Redis 7.2", func(args []string, theirs, said protocol.Reply) bool {
		return strings.HasPrefix(args[0], "EVAL") && strings.HasPrefix(string(theirs.Str), "ERR This Redis command is not allowed from script")
	}},
	{"small sets and lists are packed since Redis 7.2; the peer is 7.0", func(args []string, theirs, said protocol.Reply) bool {
		was, is := string(theirs.Str), string(said.Str)
		return isEncoding(args) && (was == "hashtable" || was == "quicklist" || was == "intset") && (is == "listpack" || is == "quicklist" || is == "hashtable" || is == "intset")
	}},
}

func isEncoding(args []string) bool {
	return len(args) > 1 && strings.EqualFold(args[0], "OBJECT") && strings.EqualFold(args[1], "ENCODING")
}

func meant(args []string, theirs, said protocol.Reply) bool {
	for _, m := range meantDifferences {
		if m.is(args, theirs, said) {
			return true
		}
	}
	return false
}

// sameNumbers compares replies in which a text that is a number stands for it.
func sameNumbers(a, b protocol.Reply) bool {
	if a.Kind != b.Kind || a.Int != b.Int || len(a.Elems) != len(b.Elems) {
		return false
	}
	for i := range a.Elems {
		if !sameNumbers(a.Elems[i], b.Elems[i]) {
			return false
		}
	}
	if string(a.Str) == string(b.Str) {
		return true
	}
	x, errA := strconv.ParseFloat(string(a.Str), 64)
	y, errB := strconv.ParseFloat(string(b.Str), 64)
	return errA == nil && errB == nil && (bytes.ContainsAny(a.Str, ".e") || string(a.Str) == "-0") && math.Abs(x-y) <= 1e-15*math.Abs(x)
}
