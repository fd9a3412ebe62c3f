package value

import (
	"math/rand"
	"testing"
)

func TestHashEqualsAMap(t *testing.T) {
	type fieldModel struct {
		value string
		at    int64
	}
	for seed := int64(1); seed <= 40; seed++ {
		r := rand.New(rand.NewSource(seed))
		lim := &Limits{Entries: r.Intn(150), Bytes: 64}
		it := newItem()
		h := NewHash(it, lim)
		model := map[string]fieldModel{}
		for op := range 2500 {
			field, value := anyMember(r, false), anyMember(r, r.Intn(2) == 0)
			var at int64
			if seed%2 == 0 && r.Intn(3) == 0 {
				at = int64(1 + r.Intn(1000))
			}
			_, there := model[string(field)]
			switch r.Intn(7) {
			case 0, 1, 2:
				if got := h.Set(field, value, at); got == there {
					t.Fatalf("seed %d op %d: Set(%q) = %v", seed, op, field, got)
				}
				model[string(field)] = fieldModel{string(value), at}
			case 3:
				if got := h.Delete(field); got != there {
					t.Fatalf("seed %d op %d: Delete(%q) = %v", seed, op, field, got)
				}
				delete(model, string(field))
			case 4:
				if got := h.Expire(field, at); got != there {
					t.Fatalf("seed %d op %d: Expire(%q) = %v", seed, op, field, got)
				}
				if there {
					model[string(field)] = fieldModel{model[string(field)].value, at}
				}
			case 5:
				if len(model) > 0 {
					f := h.At(r.Intn(len(model)))
					if m, ok := model[string(f.Name)]; !ok || m.value != string(f.Value) || m.at != f.ExpireAt {
						t.Fatalf("seed %d op %d: At gives %q %q %d", seed, op, f.Name, f.Value, f.ExpireAt)
					}
				}
			default:
				f, ok := h.Get(field)
				if m := model[string(field)]; ok != there || string(f.Value) != m.value || f.ExpireAt != m.at {
					t.Fatalf("seed %d op %d: Get(%q) = %q %d %v, want %v", seed, op, field, f.Value, f.ExpireAt, ok, m)
				}
			}
			if h.Len() != len(model) {
				t.Fatalf("seed %d op %d: Len %d, want %d", seed, op, h.Len(), len(model))
			}
			if op%500 == 250 { // time passes
				now := int64(r.Intn(300))
				first := int64(0)
				for name, m := range model {
					if m.at != 0 && (first == 0 || m.at < first) {
						first = m.at
					}
					if m.at != 0 && m.at <= now {
						delete(model, name)
					}
				}
				if got := h.NextExpiry(); got != first {
					t.Fatalf("seed %d op %d: NextExpiry %d, want %d", seed, op, got, first)
				}
				h.Purge(now, 1<<30)
			}
			h = OpenHash(it, lim)
		}
		seen := 0
		for cursor := uint64(0); ; {
			cursor = h.Scan(cursor, 5, func(f Field) {
				seen++
				if m := model[string(f.Name)]; m.value != string(f.Value) || m.at != f.ExpireAt {
					t.Fatalf("seed %d: scanned %q %q %d", seed, f.Name, f.Value, f.ExpireAt)
				}
			})
			if cursor == 0 {
				break
			}
		}
		if seen != len(model) {
			t.Fatalf("seed %d: scanned %d fields of %d", seed, seen, len(model))
		}
		for name := range model {
			h.Delete([]byte(name))
		}
		if len(it.mem.m) != 0 || it.enc == Chunked && it.charged != 0 {
			t.Fatalf("seed %d: %d chunks leaked, %d bytes charged", seed, len(it.mem.m), it.charged)
		}
	}
}
