package config

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// SaveRule asks for a snapshot after Seconds when Changes writes happened.
type SaveRule struct{ Seconds, Changes int64 }

type saveKind struct{}

// Save is pairs of seconds and changes; "" is none.
func Save() Kind { return saveKind{} }

func (saveKind) Name() string    { return "list" }
func (saveKind) Allowed() string { return `pairs of seconds and changes, as "3600 1 300 100"; or ""` }
func (k saveKind) parse(words []string, e env) (*Value, error) {
	return k.add(&Value{}, words, e)
}

func (saveKind) add(old *Value, words []string, _ env) (*Value, error) {
	if len(words) == 1 && words[0] == "" {
		return saveValue(nil), nil
	}
	bad := errors.New("Invalid save parameters")
	if len(words) == 0 || len(words)%2 != 0 {
		return nil, bad
	}
	before, _ := old.parts.([]SaveRule)
	rules := append([]SaveRule(nil), before...)
	for i := 0; i < len(words); i += 2 {
		seconds, err1 := strconv.ParseInt(words[i], 10, 32)
		changes, err2 := strconv.ParseInt(words[i+1], 10, 32)
		if err1 != nil || err2 != nil || seconds < 1 || changes < 0 {
			return nil, bad
		}
		rules = append(rules, SaveRule{seconds, changes})
	}
	return saveValue(rules), nil
}

func saveValue(rules []SaveRule) *Value {
	var words []string
	for _, r := range rules {
		words = append(words, strconv.FormatInt(r.Seconds, 10), strconv.FormatInt(r.Changes, 10))
	}
	text := strings.Join(words, " ")
	return &Value{text: text, written: text, parts: rules}
}

// OutputLimit bounds what waits to be sent to one client: it is closed at once
// over Hard, and after Seconds over Soft. 0 is no bound.
type OutputLimit struct{ Hard, Soft, Seconds int64 }

// OutputLimits holds the limit of each class of client.
type OutputLimits struct{ Normal, Replica, PubSub OutputLimit }

var outputClasses = []struct{ shown, written string }{
	{"normal", "normal"}, {"slave", "replica"}, {"pubsub", "pubsub"},
}

func (l *OutputLimits) class(i int) *OutputLimit {
	return [...]*OutputLimit{&l.Normal, &l.Replica, &l.PubSub}[i]
}

type outputKind struct{}

// Output is groups of class, hard limit, soft limit and seconds.
func Output() Kind { return outputKind{} }

func (outputKind) Name() string { return "list" }
func (outputKind) Allowed() string {
	return "normal, replica or pubsub, then hard limit, soft limit and soft seconds; 0 is no bound"
}

func (k outputKind) parse(words []string, e env) (*Value, error) {
	return k.add(&Value{}, words, e)
}

func (outputKind) add(old *Value, words []string, _ env) (*Value, error) {
	if len(words) == 0 || len(words)%4 != 0 {
		return nil, errors.New("Wrong number of arguments in buffer limit configuration.")
	}
	limits, _ := old.parts.(OutputLimits)
	for ; len(words) > 0; words = words[4:] {
		i, err := outputClass(words[0])
		if err != nil {
			return nil, err
		}
		hard, err1 := parseSize(words[1])
		soft, err2 := parseSize(words[2])
		seconds, err3 := strconv.ParseInt(words[3], 10, 32)
		if err1 != nil || err2 != nil || err3 != nil || seconds < 0 {
			return nil, errors.New("Error in hard, soft or soft_seconds setting in buffer limit configuration.")
		}
		*limits.class(i) = OutputLimit{hard, soft, seconds}
	}
	return outputValue(limits), nil
}

func outputClass(name string) (int, error) {
	for i, c := range outputClasses {
		if strings.EqualFold(name, c.shown) || strings.EqualFold(name, c.written) {
			return i, nil
		}
	}
	return 0, errors.New("Invalid client class specified in buffer limit configuration.")
}

func outputValue(limits OutputLimits) *Value {
	var groups []string
	for i, c := range outputClasses {
		l := limits.class(i)
		groups = append(groups, fmt.Sprintf("%s %d %d %d", c.shown, l.Hard, l.Soft, l.Seconds))
	}
	text := strings.Join(groups, " ")
	return &Value{text: text, written: text, parts: limits}
}

type percentilesKind struct{}

// Percentiles is a list of numbers from 0 to 100.
func Percentiles() Kind { return percentilesKind{} }

func (percentilesKind) Name() string    { return "list" }
func (percentilesKind) Allowed() string { return `percentiles from 0 to 100, as "50 99 99.9"; or ""` }
func (percentilesKind) parse(words []string, _ env) (*Value, error) {
	if len(words) == 1 && words[0] == "" {
		words = nil
	}
	list := make([]float64, 0, len(words))
	shown := make([]string, 0, len(words))
	for _, w := range words {
		f, err := strconv.ParseFloat(w, 64)
		if err != nil || math.IsNaN(f) {
			return nil, errors.New("Invalid latency-tracking-info-percentiles parameters")
		}
		if f < 0 || f > 100 {
			return nil, errors.New("latency-tracking-info-percentiles parameters should sit between [0.0,100.0]")
		}
		list = append(list, f)
		shown = append(shown, strconv.FormatFloat(f, 'g', -1, 64))
	}
	text := strings.Join(shown, " ")
	return &Value{text: text, written: text, parts: list}, nil
}

type oomKind struct{}

// OOMValues is three scores for master, replica and background child.
func OOMValues() Kind { return oomKind{} }

func (oomKind) Name() string    { return "list" }
func (oomKind) Allowed() string { return "three numbers from -2000 to 2000" }
func (oomKind) parse(words []string, _ env) (*Value, error) {
	if len(words) != 3 {
		return nil, errWords
	}
	for _, w := range words {
		n, err := strconv.ParseInt(w, 10, 64)
		if err != nil || n < -2000 || n > 2000 {
			return nil, errors.New("Invalid oom-score-adj-values, elements must be between -2000 and 2000.")
		}
	}
	text := strings.Join(words, " ")
	return &Value{text: text, written: text}, nil
}

// eventAll is the classes that A stands for.
const eventAll = "g$lshzxetd"

type eventsKind struct{}

// Events is the classes of keyspace events to publish.
func Events() Kind { return eventsKind{} }

func (eventsKind) Name() string    { return "event classes" }
func (eventsKind) Allowed() string { return `letters of "Ag$lshzxeKEtmdn"; or ""` }
func (eventsKind) parse(words []string, _ env) (*Value, error) {
	w, err := single(words)
	if err != nil {
		return nil, err
	}
	if strings.Trim(w, "Ag$lshzxeKEtmdn") != "" {
		return nil, errors.New("Invalid event class character. Use 'Ag$lshzxeKEtmdn'.")
	}
	return &Value{text: canonicalEvents(w), written: w}, nil
}

// canonicalEvents writes the classes in Redis's order, A for all that it stands
// for. Redis loses n beside A in this; we keep it.
func canonicalEvents(w string) string {
	has := func(c rune) bool {
		return strings.ContainsRune(w, c) || strings.ContainsRune(w, 'A') && strings.ContainsRune(eventAll, c)
	}
	all := !strings.ContainsFunc(eventAll, func(c rune) bool { return !has(c) })
	var b strings.Builder
	if all {
		b.WriteByte('A')
	}
	for _, c := range "g$lshzxetdnKEm" {
		if has(c) && !(all && strings.ContainsRune(eventAll, c)) {
			b.WriteRune(c)
		}
	}
	return b.String()
}

type portKind struct{}

// AutoPort is a port, 0 for a closed door, or auto for one derived from port.
func AutoPort() Kind { return portKind{} }

func (portKind) Name() string    { return "port or auto" }
func (portKind) Allowed() string { return "0 to 65535, or auto; 0 closes the door" }
func (portKind) parse(words []string, e env) (*Value, error) {
	if len(words) == 1 && strings.EqualFold(words[0], "auto") {
		return &Value{text: "auto", written: "auto", num: -1}, nil
	}
	return Int(0, 65535).parse(words, e)
}

type linesKind struct {
	hint string
	want int // words a line has; 0 any
}

// Lines is a directive that may stand on several lines, each kept whole.
func Lines(hint string, want int) Kind { return linesKind{hint, want} }

func (k linesKind) Name() string    { return "lines" }
func (k linesKind) Allowed() string { return k.hint }
func (k linesKind) parse(words []string, e env) (*Value, error) {
	if len(words) == 1 && words[0] == "" {
		return &Value{}, nil
	}
	return k.add(&Value{}, words, e)
}

func (k linesKind) add(old *Value, words []string, _ env) (*Value, error) {
	if len(words) == 0 || k.want > 0 && len(words) != k.want {
		return nil, errWords
	}
	before, _ := old.parts.([][]string)
	lines := append(append([][]string(nil), before...), append([]string(nil), words...))
	text := strings.Join(words, " ")
	return &Value{text: text, written: text, num: int64(len(lines)), parts: lines}, nil
}
