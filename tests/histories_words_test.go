package tests

import (
	"math/rand/v2"
	"strconv"
	"strings"
)

var historyKeys = []string{"key0", "key1", "key2", "key3", "key4"}

// words stand in shapes for what is drawn anew each time. Any other word of a
// shape stands for itself.
var words = map[string]func(*rand.Rand) string{
	"k": func(r *rand.Rand) string { return pick(r, historyKeys...) },
	"v": value,
	"m": member,
	"i": integer,
	"f": float,
	"o": func(r *rand.Rand) string {
		return pick(r, "0", "1", "-1", "5", "-3", "20", "-100", "x", "9223372036854775807", strconv.Itoa(r.IntN(40)))
	},
	"c": func(r *rand.Rand) string {
		return pick(r, "0", "1", "2", "3", "-1", "-2", "10", "x", strconv.Itoa(r.IntN(12)))
	},
	"d": func(r *rand.Rand) string { return pick(r, "0", "1", "2", "0", "1", "16", "-1", "x") },
	"t": func(r *rand.Rand) string {
		return pick(r, "33177117420", "33177117421", "0", "-5", "x", "9223372036854775807")
	},
	"T": func(r *rand.Rand) string {
		return pick(r, "33177117420000", "33177117420500", "0", "-5", "x", "9223372036854775807")
	},
	"past":  func(r *rand.Rand) string { return pick(r, "1", "33177117420", "0", "-7") },
	"never": refusedTime,
	"b":     func(r *rand.Rand) string { return pick(r, "0", "1", "1", "0", "2", "x") },
	"bit": func(r *rand.Rand) string {
		return pick(r, "0", "7", "8", "-1", "x", "4294967296", strconv.Itoa(r.IntN(200)))
	},
	"bits": func(r *rand.Rand) string { return pick(r, "#1", "#0", "0", "3", "64", "-1", strconv.Itoa(r.IntN(100))) },
	"type": func(r *rand.Rand) string {
		return pick(r, "u8", "i8", "i5", "u63", "i64", "u1", "u64", "i65", "x", "i16", "u4")
	},
	"unit":  func(r *rand.Rand) string { return pick(r, "BYTE", "BIT", "byte", "x") },
	"over":  func(r *rand.Rand) string { return pick(r, "WRAP", "SAT", "FAIL", "x") },
	"s":     score,
	"x":     func(r *rand.Rand) string { return pick(r, "", "(", "") + score(r) },
	"l":     func(r *rand.Rand) string { return pick(r, "-", "+", "["+member(r), "("+member(r), "["+member(r), "x") },
	"agg":   func(r *rand.Rand) string { return pick(r, "SUM", "MIN", "MAX", "x") },
	"end":   func(r *rand.Rand) string { return pick(r, "LEFT", "RIGHT", "left", "x") },
	"mm":    func(r *rand.Rand) string { return pick(r, "MIN", "MAX", "x") },
	"where": func(r *rand.Rand) string { return pick(r, "BEFORE", "AFTER", "x") },
	"lon": func(r *rand.Rand) string {
		return pick(r, "13.361389", "15.087269", "-74.0059413", "2.35", "181", "x", "0")
	},
	"lat":    func(r *rand.Rand) string { return pick(r, "38.115556", "37.502669", "40.7127837", "48.85", "-86", "0") },
	"radius": func(r *rand.Rand) string { return pick(r, "0", "10", "200", "5000", "30000", "-1", "x") },
	"length": func(r *rand.Rand) string { return pick(r, "m", "km", "ft", "mi", "KM", "x") },
	"place":  func(r *rand.Rand) string { return "place" + strconv.Itoa(r.IntN(6)) },
	"id":     streamID,
	"from": func(r *rand.Rand) string {
		return pick(r, "-", "+", "("+streamID(r), streamID(r), strconv.Itoa(r.IntN(6)))
	},
	"g":     func(r *rand.Rand) string { return pick(r, "gA", "gB", "gA", "gC") },
	"u":     func(r *rand.Rand) string { return pick(r, "alice", "bob", "eve") },
	"after": func(r *rand.Rand) string { return pick(r, "0", "$", "0-0", streamID(r), "x") },
	"news":  func(r *rand.Rand) string { return pick(r, ">", ">", ">", "0", streamID(r), "$") },
	"lua":   func(r *rand.Rand) string { return pick(r, luaScripts...) },
	"op":    func(r *rand.Rand) string { return pick(r, "AND", "OR", "XOR", "x") },
}

// refusedTime are all the relative times that are tried: what is accepted would
// be seen by EXPIRETIME, and two servers never read the same clock.
func refusedTime(r *rand.Rand) string {
	return pick(r, "0", "-1", "-9223372036854775808", "9223372036854775807", "x", "")
}

// exact commands would pick at random, or wait, if an argument were missing; some
// take more arguments than in Redis 7.0.
var exact = map[string]bool{
	"SPOP": true, "SRANDMEMBER": true, "HRANDFIELD": true, "ZRANDMEMBER": true, "BLPOP": true, "BRPOP": true, "BLMOVE": true,
	"BRPOPLPUSH": true, "BLMPOP": true, "BZPOPMIN": true, "BZPOPMAX": true, "BZMPOP": true, "XREAD": true, "XREADGROUP": true, "XINFO": true,
	"ZRANK": true, "ZREVRANK": true, // which take WITHSCORE since Redis 7.2
}

func history(r *rand.Rand, shapes []string, n int) (h [][]string) {
	for range n {
		args := expand(r, shapes[r.IntN(len(shapes))])
		if exact[args[0]] {
			h = append(h, args)
			continue
		}
		switch r.IntN(60) { // now and then an argument too few or too many
		case 0:
			args = args[:max(1, len(args)-1)]
		case 1:
			args = append(args, value(r))
		}
		h = append(h, args)
	}
	return h
}

// expand draws a shape's words. Of the options in brackets any number is taken.
func expand(r *rand.Rand, shape string) (args []string) {
	before, rest, _ := strings.Cut(shape, "[")
	options, behind, _ := strings.Cut(rest, "]")
	args = drawAll(r, args, strings.Fields(before))
	for _, option := range strings.Fields(options) {
		if r.IntN(3) > 0 {
			continue
		}
		name, values, _ := strings.Cut(option, ":")
		if r.IntN(4) == 0 {
			name = strings.ToLower(name)
		}
		args = append(args, name)
		if r.IntN(20) > 0 && values != "" {
			args = drawAll(r, args, strings.Split(values, ","))
		}
	}
	return drawAll(r, args, strings.Fields(behind))
}

func drawAll(r *rand.Rand, args, shape []string) []string {
	for _, word := range shape {
		if draw := words[word]; draw != nil {
			word = draw(r)
		}
		args = append(args, word)
	}
	return args
}

func value(r *rand.Rand) string {
	switch r.IntN(6) {
	case 0:
		return integer(r)
	case 1:
		return pick(r, "", "0", "-0", "01", " 1", "1 ", "1.5", "3.0", "1e2", "\x00\xff", "hello", "hello world")
	case 2:
		return strings.Repeat(string(rune('a'+r.IntN(3))), r.IntN(60))
	case 3:
		return pick(r, "ohmytext", "mynewtext", "abcabba", "cbabac")
	}
	return strconv.Itoa(r.IntN(1000))
}

// member is an element of a collection, of few, so that histories meet it again.
func member(r *rand.Rand) string {
	switch r.IntN(5) {
	case 0, 1:
		return strconv.Itoa(r.IntN(12))
	case 2:
		return pick(r, "", "-5", "70000", "-5000000000", "9223372036854775807", "9223372036854775808", "1.5", "\xff\xfe", strings.Repeat("long", 7))
	}
	return "m" + strconv.Itoa(r.IntN(14))
}

func integer(r *rand.Rand) string {
	return pick(r, "1", "-1", "0", "10", "9223372036854775807", "-9223372036854775808", "9223372036854775806",
		"9223372036854775808", "1.0", "x", strconv.Itoa(r.IntN(100000)-50000))
}

func float(r *rand.Rand) string {
	return pick(r, "0.1", "-2.5", "1e3", "3", "1e-17", "-0", "nan", "inf", "x", "1e400", "123456789.123456789", integer(r))
}

func score(r *rand.Rand) string {
	return pick(r, "0", "1", "2", "3", "-1", "1.5", "-2.25", "inf", "-inf", "1e300", "0.1", "nan", "x", "3.0000000000000004", strconv.Itoa(r.IntN(10)))
}

func streamID(r *rand.Rand) string {
	return pick(r, "0-1", "5-*", "3", "x", "18446744073709551615-18446744073709551615", "0-0",
		strconv.Itoa(r.IntN(9))+"-"+strconv.Itoa(r.IntN(4)), strconv.Itoa(r.IntN(20))+"-1", strconv.Itoa(r.IntN(30))+"-1")
}

func pick(r *rand.Rand, from ...string) string { return from[r.IntN(len(from))] }
