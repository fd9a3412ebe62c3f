package command

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// The notation of Syntax is that of the Redis manual:
//
//	key                 a word of lower-case letters is an argument
//	increment:double    with its type, where the name does not tell it
//	EX                  a word without lower-case letters stands for itself
//	EX seconds          such a token and its argument
//	a | b               one of them
//	[ ... ]             may be left out
//	< ... >             a group
//	key [key ...]       once or more often
//	[key ...]           any number of times
//	[condition: a | b]  a group may have a name, which only COMMAND DOCS shows

// syntaxParser reads one Syntax string by recursive descent.
type syntaxParser struct {
	words []string
	depth int
}

const maxSyntaxDepth = 16

var (
	errSyntaxDepth  = errors.New("nested too deeply")
	errSyntaxEmpty  = errors.New("empty group or alternative")
	errSyntaxRepeat = errors.New(`"..." must end a bracket`)
)

func parseSyntax(s string) ([]Arg, error) {
	p := &syntaxParser{words: syntaxWords(s)}
	if len(p.words) == 0 {
		return nil, nil
	}
	choices, repeated, err := p.choices("")
	switch {
	case err != nil:
		return nil, err
	case repeated:
		return nil, errSyntaxRepeat
	case len(choices) > 1:
		return []Arg{oneOf(choices)}, nil
	}
	return choices[0], nil
}

// syntaxWords splits at blanks and makes each bracket and bar a word.
func syntaxWords(s string) []string {
	for _, sign := range []string{"[", "]", "<", ">", "|"} {
		s = strings.ReplaceAll(s, sign, " "+sign+" ")
	}
	return strings.Fields(s)
}

// choices reads sequences between bars up to the closing sign. repeated: the last
// word was "...".
func (p *syntaxParser) choices(closing string) (choices [][]Arg, repeated bool, err error) {
	if p.depth++; p.depth > maxSyntaxDepth {
		return nil, false, errSyntaxDepth
	}
	defer func() { p.depth-- }()
	for {
		seq, end, err := p.sequence()
		if err != nil {
			return nil, false, err
		}
		if end == "..." {
			repeated, end = true, p.next()
		}
		if len(seq) == 0 {
			return nil, false, errSyntaxEmpty
		}
		choices = append(choices, seq)
		switch {
		case end == closing:
			return choices, repeated, nil
		case repeated:
			return nil, false, errSyntaxRepeat
		case end != "|":
			return nil, false, fmt.Errorf("%q where %q was expected", end, closing)
		}
	}
}

// sequence reads arguments up to a bar, a closing sign, "..." or the end.
func (p *syntaxParser) sequence() (seq []Arg, end string, err error) {
	for {
		switch w := p.next(); w {
		case "", "|", "]", ">", "...":
			return seq, w, nil
		case "[", "<":
			seq, err = p.group(seq, w)
		default:
			seq, err = appendWord(seq, w)
		}
		if err != nil {
			return nil, "", err
		}
	}
}

func (p *syntaxParser) next() string {
	if len(p.words) == 0 {
		return ""
	}
	w := p.words[0]
	p.words = p.words[1:]
	return w
}

// label takes the name of a group, if it has one.
func (p *syntaxParser) label() string {
	if len(p.words) == 0 {
		return ""
	}
	name, ok := strings.CutSuffix(p.words[0], ":")
	if !ok || name == "" {
		return ""
	}
	p.next()
	return name
}

// group reads what an opening sign encloses and appends it.
func (p *syntaxParser) group(seq []Arg, opening string) ([]Arg, error) {
	closing := map[string]string{"[": "]", "<": ">"}[opening]
	name := p.label()
	choices, repeated, err := p.choices(closing)
	if err != nil {
		return nil, err
	}
	if repeated && len(choices) == 1 {
		if merged, ok := repeat(seq, choices[0]); ok {
			return merged, nil
		}
	}
	arg := one(choices)
	if name != "" {
		arg.Name = name
	}
	arg.Optional = opening == "["
	arg.Multiple = arg.Multiple || repeated
	if last := len(seq) - 1; opening == "<" && last >= 0 && seq[last].bareToken() && arg.Token == "" {
		arg.Token = seq[last].Token // LIMIT <offset count>
		seq = seq[:last]
	}
	return append(seq, arg), nil
}

// bareToken tells whether the argument is a token that takes what follows it as its
// own value; one in brackets of its own does not.
func (a *Arg) bareToken() bool { return a.Type == TypePureToken && !a.Optional }

// repeat joins "a b [a b ...]" to one repeated argument.
func repeat(seq, again []Arg) ([]Arg, bool) {
	at := len(seq) - len(again)
	if at < 0 {
		return nil, false
	}
	once, withToken := seq[at:], true
	if !sameArgs(once, again) {
		once = slices.Clone(once)
		once[0].Token = "" // KEYS key [key ...]
		if once[0].Type == TypePureToken || !sameArgs(once, again) {
			return nil, false
		}
		withToken = false
	}
	arg := one([][]Arg{seq[at:]})
	arg.Multiple = true
	arg.MultipleToken = withToken && again[0].Token != ""
	return append(slices.Clone(seq[:at]), arg), true
}

func sameArgs(a, b []Arg) bool {
	return slices.EqualFunc(a, b, func(x, y Arg) bool {
		return x.Name == y.Name && x.Type == y.Type && x.Token == y.Token &&
			x.Optional == y.Optional && x.Multiple == y.Multiple && sameArgs(x.Args, y.Args)
	})
}

// appendWord appends an argument or a token; an argument behind a bare token takes
// it as its own.
func appendWord(seq []Arg, w string) ([]Arg, error) {
	if w == strings.ToUpper(w) {
		return append(seq, Arg{Name: strings.ToLower(w), Type: TypePureToken, Token: w, Key: -1}), nil
	}
	name, typ, typed := strings.Cut(w, ":")
	arg := Arg{Name: name, Type: ArgType(typ), Key: -1}
	switch {
	case !typed:
		arg.Type = typeByName(name)
	case !slices.Contains(valueTypes, arg.Type):
		return nil, fmt.Errorf("%q: no such type; the name of a group stands inside it", w)
	}
	if last := len(seq) - 1; last >= 0 && seq[last].bareToken() {
		arg.Token = seq[last].Token
		seq[last] = arg
		return seq, nil
	}
	return append(seq, arg), nil
}

// valueTypes are the types that a single argument may have.
var valueTypes = []ArgType{TypeString, TypeInteger, TypeDouble, TypeKey, TypePattern, TypeUnixTime}

func typeByName(name string) ArgType {
	if t, ok := typeOf[name]; ok {
		return t
	}
	return TypeString
}

// one makes a single argument of alternatives or of a sequence.
func one(choices [][]Arg) Arg {
	if len(choices) > 1 {
		return oneOf(choices)
	}
	seq := choices[0]
	if len(seq) == 1 {
		return seq[0]
	}
	block := Arg{Name: seq[0].Name, Type: TypeBlock, Key: -1, Args: seq}
	if plain := seq[0]; plain.Token != "" && plain.Type != TypePureToken && plain.Args == nil && !plain.Multiple && !anyToken(seq[1:]) {
		block.Token = plain.Token // LIMIT offset count: the token is the block's
		block.Args = slices.Clone(seq)
		block.Args[0].Token = ""
	}
	return block
}

func anyToken(seq []Arg) bool {
	return slices.ContainsFunc(seq, func(a Arg) bool { return a.Token != "" || a.Optional })
}

// oneOf makes an argument of alternatives; without a name of its own it has that of
// the first.
func oneOf(choices [][]Arg) Arg {
	arg := Arg{Type: TypeOneOf, Key: -1}
	for _, seq := range choices {
		arg.Args = append(arg.Args, one([][]Arg{seq}))
	}
	arg.Name = arg.Args[0].Name
	return arg
}
