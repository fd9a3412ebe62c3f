package command

import (
	"math"
	"testing"
)

func TestCursorsAreReadAsByStrtoul(t *testing.T) {
	for text, want := range map[string]uint64{
		"0": 0, "": 0, "+5": 5, "-1": math.MaxUint64, "-18446744073709551615": 1,
		"18446744073709551615": math.MaxUint64, "007": 7, "7\x00x": 7,
	} {
		if n, ok := parseCursor([]byte(text)); !ok || n != want {
			t.Errorf("%q: %d %v, want %d", text, n, ok, want)
		}
	}
	for _, text := range []string{"-", "+", " 1", "1 ", "x", "0x10", "+-1", "1_0", "18446744073709551616", "-18446744073709551616"} {
		if n, ok := parseCursor([]byte(text)); ok {
			t.Errorf("%q: %d", text, n)
		}
	}
}
