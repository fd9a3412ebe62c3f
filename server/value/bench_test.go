package value

import (
	"fmt"
	"testing"
)

// A list of a hundred thousand short elements, as job queues have.
func longList() List {
	it := newItem()
	l := NewList(it, &Limits{Entries: 1 << 30, Node: 8 << 10})
	for i := range 100_000 {
		l.Push(false, fmt.Append(nil, "job:", i%1000))
	}
	return l
}

func BenchmarkListPushAndPop(b *testing.B) {
	for _, head := range []bool{true, false} {
		b.Run(fmt.Sprint("head=", head), func(b *testing.B) {
			l := longList()
			b.ReportAllocs()
			v := []byte("job:12")
			for b.Loop() {
				l.Push(head, v)
				i := 0
				if !head {
					i = l.Len() - 1
				}
				l.At(i)
				l.Delete(i, 1)
			}
		})
	}
}

func BenchmarkListRangeOf100(b *testing.B) {
	l := longList()
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		for range l.Ascend(50_000) {
			if n++; n == 100 {
				break
			}
		}
	}
}
