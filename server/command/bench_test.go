package command

import (
	"fmt"
	"testing"
)

func BenchmarkLookup(b *testing.B) {
	// As many names as the whole table will have.
	rows := Data()
	for i := len(rows); i < 240; i++ {
		rows = append(rows, Command{Name: fmt.Sprintf("FILLER%d", i), Summary: "Fills."})
	}
	table, err := NewTable(rows)
	if err != nil {
		b.Fatal(err)
	}
	for _, name := range []string{"GET", "set", "incrbyfloat", "pexpiretime", "nosuch"} {
		b.Run(name, func(b *testing.B) {
			key := []byte(name)
			for b.Loop() {
				table.Lookup(key)
			}
		})
	}
}

func BenchmarkCalls(b *testing.B) {
	for _, words := range [][]string{
		{"GET", "key:1"}, {"GET", "nokey"}, {"SET", "key:1", "value of some length"},
		{"SET", "key:1", "value", "EX", "100"}, {"INCR", "counter"}, {"TTL", "key:1"},
		{"MGET", "key:1", "key:2", "key:3"}, {"EXISTS", "key:1"},
	} {
		b.Run(fmt.Sprint(words), func(b *testing.B) {
			r := newRig(b)
			args := toArgs(words...)
			r.run(toArgs("SET", "key:1", "value"))
			for b.Loop() {
				r.run(args)
				r.out.Truncate(0)
			}
			b.ReportAllocs()
		})
	}
}
