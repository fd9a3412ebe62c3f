package config

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
	"strconv"
	"strings"
)

var units = []struct {
	name string
	mul  uint64
}{
	{"kb", 1 << 10}, {"mb", 1 << 20}, {"gb", 1 << 30},
	{"k", 1e3}, {"m", 1e6}, {"g", 1e9}, {"b", 1}, {"", 1},
}

// parseSize reads Redis's memory values: 100, 100b, 1k (1000), 1kb (1024), m,
// mb, g, gb, whatever the case.
func parseSize(s string) (int64, error) {
	bad := errors.New("argument must be a memory value")
	digits := strings.TrimLeft(s, "0123456789")
	n, err := strconv.ParseUint(s[:len(s)-len(digits)], 10, 64)
	if err != nil {
		return 0, bad
	}
	for _, u := range units {
		if strings.EqualFold(digits, u.name) {
			hi, lo := bits.Mul64(n, u.mul)
			if hi != 0 || lo > math.MaxInt64 {
				return 0, bad
			}
			return int64(lo), nil
		}
	}
	return 0, bad
}

type sizeKind struct{ min, max int64 }

// Memory is a number of bytes with an optional unit.
func Memory(min, max int64) Kind { return sizeKind{min, max} }

func (k sizeKind) Name() string    { return "memory" }
func (k sizeKind) Allowed() string { return sizeSpan(k.min, k.max) }
func (k sizeKind) parse(words []string, _ env) (*Value, error) {
	w, err := single(words)
	if err != nil {
		return nil, err
	}
	n, err := parseSize(w)
	if err != nil {
		return nil, err
	}
	if err := within(n, k.min, k.max); err != nil {
		return nil, err
	}
	return &Value{text: strconv.FormatInt(n, 10), written: w, num: n}, nil
}

func sizeSpan(min, max int64) string {
	s := "bytes, with k, kb, m, mb, g or gb"
	if min > 0 {
		s += fmt.Sprintf("; at least %d", min)
	}
	if max < math.MaxInt64 {
		s += fmt.Sprintf("; at most %d", max)
	}
	return s
}

// percent reads "60%".
func percent(w string) (n int64, ok bool, err error) {
	digits, ok := strings.CutSuffix(w, "%")
	if !ok {
		return 0, false, nil
	}
	n, err = strconv.ParseInt(digits, 10, 64)
	switch {
	case err != nil || n < 0:
		return 0, true, errors.New("argument must be a memory or percent value")
	case n > 100:
		return 0, true, errors.New("percentage argument must be less or equal to 100")
	}
	return n, true, nil
}

type shareKind struct{}

// MachineShare is a memory value or a percentage of the memory that the
// machine or its container has; it is resolved when it is read.
func MachineShare() Kind { return shareKind{} }

func (shareKind) Name() string { return "memory or percent" }
func (shareKind) Allowed() string {
	return "bytes, with k, kb, m, mb, g or gb; or 1% to 100% of the machine's or container's memory; 0 is no bound"
}

func (shareKind) parse(words []string, e env) (*Value, error) {
	w, err := single(words)
	if err != nil {
		return nil, err
	}
	n, isPercent, err := percent(w)
	switch {
	case err != nil:
		return nil, err
	case !isPercent:
		return Memory(0, maxInt64).parse(words, e)
	case n == 0:
		return nil, errors.New("0% would leave no memory; 0 is no bound")
	case e.memory == 0:
		return nil, errors.New("the machine's memory is not known here; give bytes instead")
	}
	// Not e.memory*n/100: that overflows on a machine that is large enough.
	bytes := e.memory/100*n + e.memory%100*n/100
	return &Value{text: strconv.FormatInt(bytes, 10), written: w, num: bytes}, nil
}

type partKind struct{}

// MaxmemoryShare is a memory value or a percentage of maxmemory, kept as a
// percentage because maxmemory may change; its number is then negative.
func MaxmemoryShare() Kind { return partKind{} }

func (partKind) Name() string { return "memory or percent" }
func (partKind) Allowed() string {
	return "bytes, with k, kb, m, mb, g or gb; or 0% to 100% of maxmemory; 0 is no bound"
}

func (partKind) parse(words []string, e env) (*Value, error) {
	w, err := single(words)
	if err != nil {
		return nil, err
	}
	n, isPercent, err := percent(w)
	switch {
	case err != nil:
		return nil, err
	case !isPercent:
		v, err := Memory(0, maxInt64).parse(words, e)
		if err != nil {
			return nil, errors.New("argument must be a memory or percent value")
		}
		return v, nil
	}
	return &Value{text: w, written: w, num: -n}, nil
}

type secondsKind struct{ min, max int64 }

// Seconds is a time in seconds, or with a unit: 90, 90s, 5m, 1h.
func Seconds(min, max int64) Kind { return secondsKind{min, max} }

func (k secondsKind) Name() string    { return "seconds" }
func (k secondsKind) Allowed() string { return span(k.min, k.max) + " seconds, or as 30s, 5m, 1h" }
func (k secondsKind) parse(words []string, _ env) (*Value, error) {
	w, err := single(words)
	if err != nil {
		return nil, err
	}
	digits, mul := w, int64(1)
	if w != "" {
		switch w[len(w)-1] | 0x20 { // lower case
		case 's':
			digits = w[:len(w)-1]
		case 'm':
			digits, mul = w[:len(w)-1], 60
		case 'h':
			digits, mul = w[:len(w)-1], 3600
		}
	}
	n, err := strconv.ParseInt(digits, 10, 32)
	if err != nil {
		return nil, errors.New("argument must be a time in seconds")
	}
	if err := within(n*mul, k.min, k.max); err != nil {
		return nil, err
	}
	return &Value{text: strconv.FormatInt(n*mul, 10), written: w, num: n * mul}, nil
}

// formatSize writes bytes with the largest unit that divides them.
func formatSize(n int64) string {
	for _, u := range []struct {
		name string
		size int64
	}{{"gb", 1 << 30}, {"mb", 1 << 20}, {"kb", 1 << 10}} {
		if n != 0 && n%u.size == 0 {
			return strconv.FormatInt(n/u.size, 10) + u.name
		}
	}
	return strconv.FormatInt(n, 10)
}
