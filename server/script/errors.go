package script

import (
	"errors"
	"fmt"
	"regexp"

	lua "github.com/yuin/gopher-lua"

	"github.com/cachedserver/cached/protocol"
)

// Why a run was ended from outside. The texts are what its caller reads.
var (
	errKilled = errors.New("Script killed by user with SCRIPT KILL...")
	errSteps  = errors.New("script ended: it ran for more instructions than a script may")
	errMemory = errors.New("not enough memory")
)

// Texts of redis.call and its kin, in Redis's words.
const (
	textUnknown  = "Unknown Redis command called from script"
	textArity    = "Wrong number of args calling Redis command from script"
	textNoScript = "This Redis command is not allowed from script"
	textNoArgs   = "Please specify at least one argument for this redis lib call"
	textArgType  = "Lua redis lib command arguments must be strings or integers"
	textReadOnly = "Write commands are not allowed from read-only scripts."
	textFixed    = "Attempt to modify a readonly table"
	textOOM      = "OOM command not allowed when used memory > 'maxmemory'."
)

// code is the prefix of errors that have none of their own.
const code = "ERR" + " "

// coded gives an error text a code.
func coded(text string) protocol.Error { return protocol.Error(code + text) }

// failure is a script's error on its way to the client.
type failure struct {
	text string // with code
	line string // where it was raised, if known
}

// Lua names what went wrong otherwise than our interpreter does; people and
// their tests know Lua's words.
var dialect = []struct {
	from *regexp.Regexp
	to   string
}{
	{regexp.MustCompile(`cannot perform (?:add|sub|mul|div|mod|pow|unm)\w* operation between (\w+) and (\w+)`), ""},
	{regexp.MustCompile(`attempt to index a non-table object\((\w+)\) with key '.*'`), "attempt to index a $1 value"},
	{regexp.MustCompile(`attempt to call a non-function object`), "attempt to call a nil value"},
	{regexp.MustCompile(`for statement init must be a number`), "'for' initial value must be a number"},
	{regexp.MustCompile(`for statement (limit|step) must be a number`), "'for' $1 must be a number"},
	{regexp.MustCompile(`attempt to compare table with table`), "attempt to compare two table values"},
	{regexp.MustCompile(`attempt to compare nil with nil`), "attempt to compare two nil values"},
	{regexp.MustCompile(`bad argument #(\d+) to (\w+) \((.*), got nil\)`), "bad argument #$1 to '$2' ($3, got no value)"},
	{regexp.MustCompile(`bad argument #(\d+) to (\w+) `), "bad argument #$1 to '$2' "},
	{regexp.MustCompile(`__unm undefined`), "attempt to perform arithmetic on a nil value"},
	{regexp.MustCompile(`__len undefined`), "attempt to get length of a nil value"},
}

// translate puts an error text of the interpreter into Lua's words.
func translate(s string) string {
	for i, d := range dialect {
		m := d.from.FindStringSubmatchIndex(s)
		if m == nil {
			continue
		}
		with := string(d.from.ExpandString(nil, d.to, s, m))
		if i == 0 {
			bad := s[m[2]:m[3]]
			if bad == "number" {
				bad = s[m[4]:m[5]]
			}
			with = "attempt to perform arithmetic on a " + bad + " value"
		}
		return s[:m[0]] + with + s[m[1]:]
	}
	return s
}

var place = regexp.MustCompile(`(?:user_script|user_function|@?\w+):(\d+):`)

// failureOf reads what a failed call of the interpreter left.
func (vm *VM) failureOf(err error) failure {
	var api *lua.ApiError
	if !errors.As(err, &api) {
		return failure{text: code + err.Error()}
	}
	f := failure{}
	if m := place.FindStringSubmatch(api.StackTrace); m != nil {
		f.line = m[1]
	}
	switch obj := api.Object.(type) {
	case *lua.LTable:
		f.ofTable(obj)
	case lua.LString:
		f.text = code + translate(string(obj))
	case lua.LNumber:
		f.text = code + numberString(obj)
	default:
		f.text = code + obj.String()
	}
	return f
}

func (f *failure) ofTable(t *lua.LTable) {
	f.text = code + "unknown error"
	if s, ok := t.RawGetString("err").(lua.LString); ok {
		f.text = string(s)
	}
	if line, ok := t.RawGetString("line").(lua.LString); ok {
		f.line = string(line)
	}
}

// where adds to an error where it came from, as Redis does.
func (f failure) where(what, source string) string {
	if f.line == "" {
		return fmt.Sprintf("%s script: %s, on @%s:1.", f.text, what, source)
	}
	return fmt.Sprintf("%s script: %s, on @%s:%s.", f.text, what, source, f.line)
}

// Texts about scripts as a whole.
const (
	textReplyTooLong = code + "script returned more than a reply may hold"
	textCompile      = code + "Error compiling script (new function): %s"
	textShebang      = code + "Invalid script shebang"
	textEngine       = code + "Unexpected engine in script shebang: %s"
	textOption       = code + "Unknown lua shebang option: %s"
	textFlag         = code + "Unexpected flag in script shebang: %s"
)

// Texts about libraries of functions.
const (
	textNoMetadata     = code + "Missing library metadata"
	textBadMetadata    = code + "Invalid library metadata"
	textMetadata       = code + "Invalid metadata value given: %s"
	textTwoNames       = code + "Invalid metadata value, name argument was given multiple times"
	textNoName         = code + "Library name was not given"
	textName           = code + "Library names can only contain letters, numbers, or underscores(_) and must be at least one character long"
	textNoEngine       = code + "Engine '%s' not found"
	textCompileLibrary = code + "Error compiling function: %s"
	textRegister       = code + "Error registering functions: %s"
	textNoFunctions    = code + "No functions registered"
	textLibraryExists  = code + "Library '%s' already exists"
	textRestoreExists  = code + "Library %s already exists"
	textFunctionExists = code + "Function %s already exists"
	textLoadTimeout    = "FUNCTION LOAD timeout"
)
