package command

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/cachedserver/cached/protocol"
	"github.com/cachedserver/cached/server/store"
)

// script runs lines "COMMAND ... -> reply" one after the other on one store.
func script(t *testing.T, r *rig, lines string) {
	t.Helper()
	for _, line := range strings.Split(strings.TrimSpace(lines), "\n") {
		call, want, ok := strings.Cut(strings.TrimSpace(line), " -> ")
		if !ok {
			t.Fatalf("no answer in %q", line)
		}
		if got := strings.TrimSpace(r.line(call)); got != want {
			t.Errorf("%s: %s, want %s", call, got, want)
		}
	}
}

func TestSetKeepsOrClearsTheTimeToLive(t *testing.T) {
	script(t, newRig(t), `
		SET k v EX 10 -> OK
		TTL k -> (integer) 10
		SET k w KEEPTTL -> OK
		TTL k -> (integer) 10
		INCRBY k 1 -> (error) ERR value is not an integer or out of range
		APPEND k x -> (integer) 2
		TTL k -> (integer) 10
		SET k 1 -> OK
		TTL k -> (integer) -1
		EXPIRE k 10 -> (integer) 1
		INCR k -> (integer) 2
		INCRBYFLOAT k 0.5 -> "2.5"
		TTL k -> (integer) 10
		GETSET k x -> "2.5"
		TTL k -> (integer) -1
		SET k v EX 10 KEEPTTL -> (error) ERR syntax error
		SET k v EX 0 -> (error) ERR invalid expire time in 'set' command
		SETEX k -1 v -> (error) ERR invalid expire time in 'setex' command
	`)
}

func TestSetWithGetTellsTheOldValueEvenIfItDoesNotSet(t *testing.T) {
	script(t, newRig(t), `
		SET k 1 NX GET -> (nil)
		SET k 2 NX GET -> "1"
		SET k 3 XX GET -> "1"
		GET k -> "3"
		SET nosuch 1 XX -> (nil)
		SET k 4 NX -> (nil)
		SET k 4 NX XX -> (error) ERR syntax error
	`)
}

func TestKeysEndAtTheirTime(t *testing.T) {
	r := newRig(t)
	script(t, r, `
		SET k v PX 1500 -> OK
		TTL k -> (integer) 2
		PTTL k -> (integer) 1500
		PEXPIRETIME k -> (integer) 1700000001500
		EXPIRETIME k -> (integer) 1700000002
	`)
	r.call.Now += 1600
	script(t, r, `
		GET k -> (nil)
		TTL k -> (integer) -2
		EXISTS k -> (integer) 0
		TYPE k -> none
		SETNX k w -> (integer) 1
		TTL k -> (integer) -1
		EXPIRE k -1 -> (integer) 1
		EXISTS k -> (integer) 0
	`)
}

func TestExpireConditions(t *testing.T) {
	script(t, newRig(t), `
		SET k v -> OK
		EXPIRE k 10 XX -> (integer) 0
		EXPIRE k 10 GT -> (integer) 0
		EXPIRE k 10 LT -> (integer) 1
		EXPIRE k 20 NX -> (integer) 0
		EXPIRE k 20 LT -> (integer) 0
		EXPIRE k 20 GT -> (integer) 1
		EXPIRE k 5 XX GT -> (integer) 0
		TTL k -> (integer) 20
		EXPIRE k 5 NX GT -> (error) ERR NX and XX, GT or LT options at the same time are not compatible
		EXPIRE k 5 LT GT -> (error) ERR GT and LT options at the same time are not compatible
		EXPIRE k 5 NOW -> (error) ERR Unsupported option NOW
		EXPIRE k 9223372036854775807 -> (error) ERR invalid expire time in 'expire' command
		PERSIST k -> (integer) 1
		PERSIST k -> (integer) 0
	`)
}

func TestCopyMoveAndSwapReachOtherDatabases(t *testing.T) {
	r := newRig(t)
	script(t, r, `
		SET k v EX 10 -> OK
		COPY k k -> (error) ERR source and destination objects are the same
		COPY k k DB 1 -> (integer) 1
		COPY k k DB 1 -> (integer) 0
		COPY k k DB 1 REPLACE -> (integer) 1
		COPY k k DB 99 -> (error) ERR DB index is out of range
		MOVE k 1 -> (integer) 0
		MOVE k 2 -> (integer) 1
		EXISTS k -> (integer) 0
		SWAPDB 0 2 -> OK
		TTL k -> (integer) 10
		SWAPDB a 1 -> (error) ERR invalid first DB index
		SWAPDB 1 b -> (error) ERR invalid second DB index
	`)
	r.call.DB.Select(1)
	script(t, r, `
		TTL k -> (integer) 10
		FLUSHDB NOW -> (error) ERR syntax error
		FLUSHDB SYNC -> OK
		DBSIZE -> (integer) 0
	`)
	r.call.DB.Select(0)
	script(t, r, `
		DBSIZE -> (integer) 1
		FLUSHALL ASYNC -> OK
		DBSIZE -> (integer) 0
		RANDOMKEY -> (nil)
	`)
}

func TestStringsHaveALimit(t *testing.T) {
	r := newRig(t)
	r.call.Settings = &Settings{MaxString: 10}
	script(t, r, `
		SET k 12345678 -> OK
		APPEND k 90 -> (integer) 10
		APPEND k 1 -> (error) ERR string exceeds maximum allowed size (proto-max-bulk-len)
		SETRANGE k 9 xx -> (error) ERR string exceeds maximum allowed size (proto-max-bulk-len)
		SETRANGE k 9223372036854775807 xx -> (error) ERR string exceeds maximum allowed size (proto-max-bulk-len)
		SETRANGE k -1 x -> (error) ERR offset is out of range
		SETRANGE k 9 x -> (integer) 10
		GETRANGE k -2 -1 -> "9x"
	`)
}

func TestObjectTellsOfAKey(t *testing.T) {
	script(t, newRig(t), `
		MSET i 12 s short r 123456789012345678901234567890123456789012345 -> OK
		OBJECT ENCODING i -> "int"
		OBJECT ENCODING s -> "embstr"
		OBJECT ENCODING r -> "raw"
		OBJECT ENCODING nosuch -> (nil)
		OBJECT REFCOUNT s -> (integer) 1
		OBJECT IDLETIME s -> (integer) 0
		MEMORY USAGE nosuch -> (nil)
		MEMORY USAGE s SAMPLES -1 -> (error) ERR syntax error
	`)
}

func TestLargeValuesAreSentFromWhereTheyLie(t *testing.T) {
	r := newRig(t)
	big := strings.Repeat("0123456789", store.PinMin/5)
	r.do("SET", "big", big)
	for line, want := range map[string]string{
		"GET big": big, "GETRANGE big 5 -1": big[5:], "GETDEL big": big,
	} {
		r.out.SetProto(2)
		words, _ := protocol.SplitLine(line)
		r.run(toArgs(words...))
		if r.out.Pinned() == 0 {
			t.Errorf("%s: copied", line)
		}
		b := ""
		for _, part := range r.out.Buffers(nil) {
			b += string(part)
		}
		r.out.Advance(len(b))
		if want := fmt.Sprintf("$%d\r\n%s\r\n", len(want), want); b != want {
			t.Errorf("%s: %.40q..., want %.40q...", line, b, want)
		}
		r.do("SET", "big", big)
	}
}

// TestScanFindsEachKeyOnce goes through a database that does not change.
func TestScanFindsEachKeyOnce(t *testing.T) {
	r := newRig(t)
	for i := range 1000 {
		r.do("SET", "key:"+strconv.Itoa(i), "v")
	}
	for _, options := range [][]string{nil, {"COUNT", "1"}, {"COUNT", "5000"}, {"MATCH", "key:?"}, {"MATCH", "*9", "TYPE", "STRING"}, {"TYPE", "list"}} {
		got := r.scanAll(options)
		var want []string
		for i := range 1000 {
			k := "key:" + strconv.Itoa(i)
			if wanted(options, k) {
				want = append(want, k)
			}
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("SCAN %v found %d keys, want %d", options, len(got), len(want))
		}
	}
	script(t, r, `
		SCAN x -> (error) ERR invalid cursor
		SCAN 0 COUNT 0 -> (error) ERR syntax error
		SCAN 0 COUNT x -> (error) ERR value is not an integer or out of range
		SCAN 0 MATCH -> (error) ERR syntax error
	`)
}

func wanted(options []string, key string) bool {
	switch {
	case slices.Contains(options, "list"):
		return false
	case slices.Contains(options, "key:?"):
		return len(key) == 5
	case slices.Contains(options, "*9"):
		return key[len(key)-1] == '9'
	}
	return true
}

func (r *rig) scanAll(options []string) (keys []string) {
	for cursor := "0"; ; {
		reply, _, err := protocol.DecodeReply(r.raw(toArgs(append([]string{"SCAN", cursor}, options...)...)))
		if err != nil || len(reply.Elems) != 2 {
			r.t.Fatalf("SCAN: %v %v", reply, err)
		}
		for _, e := range reply.Elems[1].Elems {
			keys = append(keys, string(e.Str))
		}
		if cursor = string(reply.Elems[0].Str); cursor == "0" {
			return keys
		}
	}
}

func TestHelpIsMadeFromTheRows(t *testing.T) {
	r := newRig(t)
	got := r.line("OBJECT HELP")
	for _, want := range []string{"OBJECT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:", "ENCODING <key>", "Names the form", "HELP", "Prints this help."} {
		if !strings.Contains(got, want) {
			t.Errorf("HELP lacks %q:\n%s", want, got)
		}
	}
}

func TestNotifyLettersAreReadAndWritten(t *testing.T) {
	for letters, want := range map[string]string{
		"": "", "KEA": "AKE", "Elg": "glE", "Kmn$": "$Kmn", "g$lshzxetd": "A", "AKEmn": "AKEmn",
	} {
		set, ok := ParseNotify(letters)
		if !ok || set.String() != want {
			t.Errorf("%q gives %q, want %q", letters, set, want)
		}
	}
	if _, ok := ParseNotify("Kq"); ok {
		t.Error("an unknown letter was accepted")
	}
}

func TestRandIsWhatItsSeedSays(t *testing.T) {
	a, b := NewRand(7), NewRand(7)
	for range 100 {
		x, y := a.IntN(10), b.IntN(10)
		if x != y || x < 0 || x > 9 {
			t.Fatalf("%d and %d from one seed", x, y)
		}
	}
}
