package command

import "strings"

// ArgType is an argument's type, as COMMAND DOCS names it.
type ArgType string

// The types of arguments.
const (
	TypeString    ArgType = "string"
	TypeInteger   ArgType = "integer"
	TypeDouble    ArgType = "double"
	TypeKey       ArgType = "key"
	TypePattern   ArgType = "pattern"
	TypeUnixTime  ArgType = "unix-time"
	TypePureToken ArgType = "pure-token"
	TypeOneOf     ArgType = "oneof"
	TypeBlock     ArgType = "block"
)

// Arg is a node of the argument tree that a Syntax string stands for.
type Arg struct {
	Name  string
	Type  ArgType
	Token string // the word before the value, or the whole of a pure token
	Key   int    // of a key: which of the command's Keys finds it; else -1

	Optional      bool
	Multiple      bool // may be repeated
	MultipleToken bool // repeated with its token
	Args          []Arg
}

// typeOf gives the type that an argument's name tells; all others are strings.
var typeOf = map[string]ArgType{
	"key": TypeKey, "key1": TypeKey, "key2": TypeKey, "newkey": TypeKey,
	"source": TypeKey, "destination": TypeKey,
	"pattern":           TypePattern,
	"unix-time-seconds": TypeUnixTime, "unix-time-milliseconds": TypeUnixTime,
	"seconds": TypeInteger, "milliseconds": TypeInteger, "ttl": TypeInteger,
	"increment": TypeInteger, "decrement": TypeInteger,
	"start": TypeInteger, "end": TypeInteger, "stop": TypeInteger, "offset": TypeInteger,
	"count": TypeInteger, "cursor": TypeInteger, "numkeys": TypeInteger,
	"index": TypeInteger, "index1": TypeInteger, "index2": TypeInteger, "db": TypeInteger,
	"length": TypeInteger, "min-match-len": TypeInteger, "frequency": TypeInteger,
	"bit": TypeInteger, "rank": TypeInteger, "maxlen": TypeInteger, "port": TypeInteger,
	"num-matches": TypeInteger, "len": TypeInteger,
	"longitude": TypeDouble, "latitude": TypeDouble, "score": TypeDouble, "timeout": TypeDouble,
}

// size is the least number of words that the argument takes, and whether it may
// take more.
func (a *Arg) size() (least int, more bool) {
	switch a.Type {
	case TypeOneOf:
		least, more = sizeOfOne(a.Args)
	case TypeBlock:
		least, more = sizeOfAll(a.Args)
	case TypePureToken:
		return atLeast(1, false, a)
	default:
		least = 1
	}
	if a.Token != "" {
		least++
	}
	return atLeast(least, more, a)
}

func atLeast(least int, more bool, a *Arg) (int, bool) {
	if a.Optional {
		least = 0
	}
	return least, more || a.Optional || a.Multiple
}

func sizeOfAll(args []Arg) (least int, more bool) {
	for i := range args {
		l, m := args[i].size()
		least += l
		more = more || m
	}
	return least, more
}

func sizeOfOne(args []Arg) (least int, more bool) {
	for i := range args {
		l, m := args[i].size()
		more = more || m || i > 0 && l != least
		if i == 0 || l < least {
			least = l
		}
	}
	return least, more
}

// arity is what COMMAND INFO shows for a command with these arguments: their
// number with the name, negative if there may be more.
func arity(args []Arg) int {
	least, more := sizeOfAll(args)
	if more {
		return -(least + 1)
	}
	return least + 1
}

// numberKeys tells each key argument which specification finds it: they follow
// each other in the same order, and one may stand for several arguments.
func (c *Command) numberKeys() {
	next := 0
	var walk func([]Arg)
	walk = func(args []Arg) {
		for i := range args {
			if args[i].Type == TypeKey {
				args[i].Key = min(next, len(c.Keys)-1)
				next++
			}
			walk(args[i].Args)
		}
	}
	walk(c.args)
}

// Usage is the command with its arguments as a user reads them.
func (c *Command) Usage() string {
	name := strings.ToUpper(strings.ReplaceAll(c.full, "|", " "))
	if len(c.args) == 0 {
		return name
	}
	return name + " " + usage(c.args, plainName)
}

// A naming writes the name of an argument.
type naming func(string) string

func plainName(name string) string   { return name }
func bracketName(name string) string { return "<" + name + ">" }

func usage(args []Arg, n naming) string {
	words := make([]string, len(args))
	for i := range args {
		words[i] = args[i].usage(n)
	}
	return strings.Join(words, " ")
}

// usage writes the argument in the notation that it was read from, without types.
func (a *Arg) usage(n naming) string {
	value := a.value(n)
	once := value
	if a.Token != "" && a.Type != TypePureToken {
		once = a.Token + " " + value
	}
	again := value
	if a.MultipleToken {
		again = once
	}
	switch {
	case a.Optional && a.Multiple && once == value:
		return "[" + once + " ...]"
	case a.Optional && a.Multiple:
		return "[" + once + " [" + again + " ...]]"
	case a.Optional:
		return "[" + once + "]"
	case a.Multiple:
		return once + " [" + again + " ...]"
	}
	return once
}

// value is the argument without its token, its brackets and its repetition.
func (a *Arg) value(n naming) string {
	switch a.Type {
	case TypePureToken:
		return a.Token
	case TypeBlock:
		return usage(a.Args, n)
	case TypeOneOf:
		return a.choices(n)
	}
	return n(a.Name)
}

// choices writes a oneof, in angle brackets unless square ones enclose it.
func (a *Arg) choices(n naming) string {
	words := make([]string, len(a.Args))
	for i := range a.Args {
		words[i] = a.Args[i].usage(n)
	}
	one := strings.Join(words, " | ")
	if a.Optional && a.Token == "" {
		return one
	}
	return "<" + one + ">"
}
