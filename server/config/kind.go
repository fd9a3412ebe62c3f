package config

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Kind is how a setting's words are read, and what it tells of the values that
// are allowed. Error texts are Redis's, since CONFIG SET answers them.
type Kind interface {
	// Name is the word docs use: "integer", "yes or no".
	Name() string
	// Allowed completes the sentence "allowed: ...".
	Allowed() string
	parse(words []string, e env) (*Value, error)
}

// adder is a Kind whose repeated lines add up within one source.
type adder interface {
	add(old *Value, words []string, e env) (*Value, error)
}

// env is what a value may depend on outside its own words.
type env struct {
	memory int64 // bytes of the machine or container; 0 unknown
}

var errWords = errors.New("wrong number of arguments")

// single returns the only word of a one-word kind.
func single(words []string) (string, error) {
	if len(words) != 1 {
		return "", errWords
	}
	return words[0], nil
}

type boolKind struct{}

// Bool is yes or no.
func Bool() Kind { return boolKind{} }

func (boolKind) Name() string    { return "yes or no" }
func (boolKind) Allowed() string { return "yes or no" }
func (boolKind) parse(words []string, _ env) (*Value, error) {
	w, err := single(words)
	if err != nil {
		return nil, err
	}
	switch strings.ToLower(w) {
	case "yes":
		return &Value{text: "yes", written: "yes", num: 1}, nil
	case "no":
		return &Value{text: "no", written: "no"}, nil
	}
	return nil, errors.New("argument must be 'yes' or 'no'")
}

type intKind struct{ min, max int64 }

const (
	maxInt   = math.MaxInt32
	maxInt64 = math.MaxInt64
)

// Int is a decimal number between min and max.
func Int(min, max int64) Kind { return intKind{min, max} }

func (k intKind) Name() string    { return "integer" }
func (k intKind) Allowed() string { return span(k.min, k.max) }
func (k intKind) parse(words []string, _ env) (*Value, error) {
	w, err := single(words)
	if err != nil {
		return nil, err
	}
	n, err := strconv.ParseInt(w, 10, 64)
	if err != nil || strconv.FormatInt(n, 10) != w { // as Redis, neither +5 nor 05
		return nil, errors.New("argument couldn't be parsed into an integer")
	}
	if err := within(n, k.min, k.max); err != nil {
		return nil, err
	}
	return number(n), nil
}

func number(n int64) *Value {
	s := strconv.FormatInt(n, 10)
	return &Value{text: s, written: s, num: n}
}

func within(n, min, max int64) error {
	if n < min || n > max {
		return fmt.Errorf("argument must be between %d and %d inclusive", min, max)
	}
	return nil
}

// span words a range for people: the machine's largest numbers are no limit.
func span(min, max int64) string {
	switch {
	case max < maxInt:
		return fmt.Sprintf("%d to %d", min, max)
	case min > -maxInt:
		return fmt.Sprintf("%d or more", min)
	}
	return "any integer"
}

type octalKind struct{}

// Octal is a file mode from 0 to 777.
func Octal() Kind { return octalKind{} }

func (octalKind) Name() string    { return "octal mode" }
func (octalKind) Allowed() string { return "0 to 777, octal" }
func (octalKind) parse(words []string, _ env) (*Value, error) {
	w, err := single(words)
	if err != nil {
		return nil, err
	}
	n, err := strconv.ParseInt(w, 8, 64)
	if err != nil {
		return nil, errors.New("argument couldn't be parsed into an integer")
	}
	if n < 0 || n > 0o777 {
		return nil, errors.New("argument must be between 0 and 777 inclusive")
	}
	s := strconv.FormatInt(n, 8)
	return &Value{text: s, written: s, num: n}, nil
}

type enumKind struct{ names []string }

// Enum is one of the names, whatever the case; its number is the index.
func Enum(names ...string) Kind { return enumKind{names} }

func (k enumKind) Name() string    { return "one of" }
func (k enumKind) Allowed() string { return strings.Join(k.names, ", ") }
func (k enumKind) parse(words []string, _ env) (*Value, error) {
	w, err := single(words)
	if err != nil {
		return nil, err
	}
	for i, name := range k.names {
		if strings.EqualFold(w, name) {
			return &Value{text: name, written: name, num: int64(i)}, nil
		}
	}
	return nil, fmt.Errorf("argument(s) must be one of the following: %s", strings.Join(k.names, ", "))
}

type textKind struct{ hint string }

// Text is one word; hint tells what it should be.
func Text(hint string) Kind { return textKind{hint} }

func (k textKind) Name() string    { return "text" }
func (k textKind) Allowed() string { return k.hint }
func (k textKind) parse(words []string, _ env) (*Value, error) {
	w, err := single(words)
	if err != nil {
		return nil, err
	}
	if strings.IndexByte(w, 0) >= 0 {
		return nil, errors.New("argument must not contain a zero byte")
	}
	return &Value{text: w, written: w}, nil
}

type wordsKind struct {
	hint  string
	max   int
	check func(words []string) error
}

// Words is a list of words on one line. max 0 is no bound.
func Words(hint string, max int, check func([]string) error) Kind {
	return wordsKind{hint, max, check}
}

func (k wordsKind) Name() string    { return "list" }
func (k wordsKind) Allowed() string { return k.hint }
func (k wordsKind) parse(words []string, _ env) (*Value, error) {
	if len(words) == 1 && words[0] == "" {
		words = nil
	}
	if k.max > 0 && len(words) > k.max {
		return nil, errWords
	}
	if k.check != nil {
		if err := k.check(words); err != nil {
			return nil, err
		}
	}
	text := strings.Join(words, " ")
	return &Value{text: text, written: text, parts: append([]string(nil), words...)}, nil
}
