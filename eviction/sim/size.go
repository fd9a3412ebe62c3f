package sim

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Size is the size of a cache: a share of a trace's keys, a number of values,
// or a number of bytes.
type Size struct {
	text  string
	n     float64
	kind  sizeKind
	bytes float64 // of one unit, if in bytes
}

type sizeKind int

const (
	shareOfKeys sizeKind = iota
	values
	inBytes
)

// units are redis.conf's.
var units = []struct {
	name  string
	bytes float64
}{
	{"kb", 1 << 10}, {"mb", 1 << 20}, {"gb", 1 << 30},
	{"k", 1e3}, {"m", 1e6}, {"g", 1e9}, {"b", 1},
}

// ParseSizes reads sizes with commas between: 1% of the distinct keys, 5000
// values, or 8mb. Units are redis.conf's: 1k is 1000 bytes, 1kb is 1024.
func ParseSizes(list string) ([]Size, error) {
	var sizes []Size
	for _, text := range strings.Split(list, ",") {
		s, err := parseSize(strings.ToLower(strings.TrimSpace(text)))
		if err != nil {
			return nil, err
		}
		sizes = append(sizes, s)
	}
	return sizes, nil
}

func parseSize(text string) (Size, error) {
	s := Size{text: text, kind: values}
	digits := text
	if rest, ok := strings.CutSuffix(text, "%"); ok {
		s.kind, digits = shareOfKeys, rest
	} else {
		for _, u := range units {
			if rest, ok := strings.CutSuffix(text, u.name); ok {
				s.kind, s.bytes, digits = inBytes, u.bytes, rest
				break
			}
		}
	}
	n, err := strconv.ParseFloat(digits, 64)
	if err != nil || !(n > 0) || math.IsInf(n, 0) {
		return Size{}, fmt.Errorf("size %q is none; write 1%% (of the keys), 5000 (values) or 8mb", text)
	}
	s.n = n
	return s, nil
}

// String is the size as it was written.
func (s Size) String() string { return s.text }

// InBytes tells whether values count by their bytes, else each counts 1.
func (s Size) InBytes() bool { return s.kind == inBytes }

// Of is the capacity for one trace.
func (s Size) Of(t *Trace) int64 {
	switch s.kind {
	case shareOfKeys:
		return max(1, int64(s.n/100*float64(t.Distinct)))
	case inBytes:
		return int64(s.n * s.bytes)
	}
	return int64(s.n)
}
