package script

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	lua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/ast"
	"github.com/yuin/gopher-lua/parse"

	"github.com/cachedserver/cached/server/command"
)

// chunk is a compiled text: a function that, called with the helpers that
// rewrite speaks of, returns the function that the text is.
type chunk struct {
	proto *lua.FunctionProto
	shape Shape
}

// maxBody bounds the text of a chunk: what the parser makes of it is some hundred
// times as long.
const maxBody = 1 << 20

// looker tells the shape of a chunk.
type looker func([]ast.Stmt, *command.Table) Shape

// compile compiles a text. look, if not nil, tells its shape.
func compile(text, source string, look looker, table *command.Table) (c chunk, err error) {
	defer func() {
		switch e := recover().(type) {
		case nil:
		case tooDeep:
			err = fmt.Errorf("%s:1: chunk has too many syntax levels", source)
		default:
			panic(e)
		}
	}()
	if len(text) > maxBody {
		return c, fmt.Errorf("%s:1: chunk is longer than %d bytes", source, maxBody)
	}
	stmts, err := parse.Parse(strings.NewReader(text), source)
	if err != nil {
		return c, syntaxError(err, source, text)
	}
	if look != nil {
		c.shape = look(stmts, table)
	}
	if c.proto, err = lua.Compile(rewrite(stmts), source); err != nil {
		return c, syntaxError(err, source, text)
	}
	// A chunk has no table arg, as functions that take "..." have.
	c.proto.FunctionPrototypes[0].IsVarArg &^= lua.VarArgNeedsArg
	return c, nil
}

// Forms of the interpreter's complaints.
var (
	atLine = regexp.MustCompile(`(?s)^.* line:(\d+)\(column:\d+\) near '(.*)':\s+(.*?)\n?$`)
	atEOF  = regexp.MustCompile(`(?s)^.* at EOF:\s+(.*?)\n?$`)
	ofLine = regexp.MustCompile(`(?s)compile error near line\((\d+)\) [^:]*: (.*?)\n?$`)
)

// syntaxError puts the interpreter's complaint into Lua's form.
func syntaxError(err error, source, body string) error {
	text := err.Error()
	switch m := []string(nil); {
	case match(atLine, text, &m):
		return fmt.Errorf("%s:%s: %s near '%s'", source, m[1], complaint(m[3]), m[2])
	case match(atEOF, text, &m):
		return fmt.Errorf("%s:%d: unexpected symbol near '<eof>'", source, strings.Count(body, "\n")+1)
	case match(ofLine, text, &m):
		return fmt.Errorf("%s:%s: %s", source, m[1], m[2])
	}
	return errors.New(source + ":1: " + text)
}

func match(r *regexp.Regexp, s string, m *[]string) bool {
	*m = r.FindStringSubmatch(s)
	return *m != nil
}

func complaint(text string) string {
	if text = strings.TrimSpace(text); text == "syntax error" {
		return "unexpected symbol"
	}
	return text
}

// instantiate makes the function that a chunk is.
func (vm *VM) instantiate(proto *lua.FunctionProto) *lua.LFunction {
	L := vm.L
	L.Push(L.NewFunctionFromProto(proto))
	L.Push(vm.concat)
	L.Push(vm.set)
	L.Call(2, 1)
	fn := L.Get(-1).(*lua.LFunction)
	L.Pop(1)
	return fn
}
