package script

import (
	"github.com/yuin/gopher-lua/ast"

	"github.com/cachedserver/cached/server/command"
)

// Shape is what can be told of a script by looking at it. Everything here errs on
// the safe side.
type Shape struct {
	// Straight: it has neither loop nor function, so each of its instructions
	// runs once at most and it may run where nothing must wait.
	Straight bool
	// Declared: all keys that its commands name are elements of KEYS, so only
	// their stripes have to be locked.
	Declared bool
}

// surveyor gathers what Shape needs.
type surveyor struct {
	functions int               // that are written in the chunk
	once      int               // of them, those that pcall runs, once
	entries   int               // of them, those that are registered, or held by a local
	own       map[string]bool   // such locals
	given     map[ast.Expr]bool // mentions of those locals that only register them
	table     *command.Table
	straight  bool // no loop, and nothing else that may take long
	lost      bool // some use of redis or KEYS could not be followed

	names   map[string]bool       // locals: true while all that they hold are keys
	aliases map[string]bool       // locals that hold redis.call or redis.pcall
	from    map[string][]ast.Expr // what was assigned to each name
	calls   []*ast.FuncCallExpr   // calls of redis.call or pcall
	known   map[ast.Expr]bool     // mentions of redis, KEYS and aliases that are understood
	seen    []*ast.IdentExpr      // all names read
}

// doors lead around what the surveyor sees.
var doors = map[string]bool{
	"_G": true, "getfenv": true, "setfenv": true, "load": true, "loadstring": true,
	"rawget": true, "getmetatable": true, "setmetatable": true,
}

// slow are functions of libraries that may take long on a short string, run on,
// or call a function many times.
var slow = map[string]bool{
	"find": true, "match": true, "gmatch": true, "gfind": true, "gsub": true,
	"sort": true, "foreach": true, "foreachi": true, "wrap": true, "create": true, "resume": true,
}

// survey looks at a chunk before it is rewritten.
func survey(chunk []ast.Stmt, table *command.Table) Shape {
	s := newSurveyor(table)
	s.walk(chunk)
	declared := s.declared() // first: it looks for doors
	return Shape{Straight: s.straight && s.functions == s.once, Declared: declared}
}

func newSurveyor(table *command.Table) *surveyor {
	return &surveyor{
		table: table, straight: true, own: map[string]bool{}, given: map[ast.Expr]bool{},
		names: map[string]bool{}, aliases: map[string]bool{}, from: map[string][]ast.Expr{}, known: map[ast.Expr]bool{},
	}
}

func (s *surveyor) walk(chunk []ast.Stmt) {
	w := walker{expr: s.expr, stmt: s.stmt}
	w.block(chunk)
}

// surveyLibrary looks at a library: straight if each instruction of its functions
// runs once at most in a call, because they call none of their own.
func surveyLibrary(chunk []ast.Stmt, table *command.Table) Shape {
	s := newSurveyor(table)
	s.walk(chunk)
	s.declared()
	straight := s.straight && s.functions == s.once+s.entries
	for _, id := range s.seen {
		straight = straight && (!s.own[id.Value] || s.given[id])
	}
	return Shape{Straight: straight}
}

// callbacks notes functions that are handed to somebody who calls them once:
// pcall, or FCALL by register_function.
func (s *surveyor) callbacks(e *ast.FuncCallExpr) {
	if isName(e.Func, "pcall") || isName(e.Func, "xpcall") {
		for _, a := range e.Args {
			if _, ok := a.(*ast.FunctionExpr); ok {
				s.once++
			}
		}
		return
	}
	get, ok := e.Func.(*ast.AttrGetExpr)
	if !ok || !s.library(get.Object) {
		return
	}
	if k, ok := get.Key.(*ast.StringExpr); !ok || k.Value != "register_function" {
		return
	}
	for _, a := range e.Args {
		s.registered(a)
		if t, ok := a.(*ast.TableExpr); ok {
			for _, f := range t.Fields {
				s.registered(f.Value)
			}
		}
	}
}

func (s *surveyor) registered(e ast.Expr) {
	switch e := e.(type) {
	case *ast.FunctionExpr:
		s.entries++
	case *ast.IdentExpr:
		s.given[e] = true
	}
}

func (s *surveyor) stmt(st ast.Stmt) ast.Stmt {
	switch st := st.(type) {
	case *ast.WhileStmt, *ast.RepeatStmt, *ast.NumberForStmt, *ast.GotoStmt:
		s.straight = false
		if n, ok := st.(*ast.NumberForStmt); ok {
			s.assign(n.Name, nil)
		}
	case *ast.GenericForStmt:
		s.straight = false
		s.generic(st)
	case *ast.FuncDefStmt:
		s.functions++
		s.params(st.Func)
		if id, ok := st.Name.Func.(*ast.IdentExpr); ok {
			s.assign(id.Value, nil)
		}
	case *ast.LocalAssignStmt:
		for i, n := range st.Names {
			s.assign(n, at(st.Exprs, i))
			if _, ok := at(st.Exprs, i).(*ast.FunctionExpr); ok {
				s.own[n] = true
				s.entries++
			}
		}
	case *ast.AssignStmt:
		for i, l := range st.Lhs {
			switch l := l.(type) {
			case *ast.IdentExpr:
				s.assign(l.Value, at(st.Rhs, i))
			case *ast.AttrGetExpr:
				s.lost = s.lost || isName(l.Object, "KEYS")
			}
		}
	}
	return st
}

func at(list []ast.Expr, i int) ast.Expr {
	if i < len(list) {
		return list[i]
	}
	return nil
}

// generic: for i, k in ipairs(KEYS) gives keys.
func (s *surveyor) generic(st *ast.GenericForStmt) {
	for i, n := range st.Names {
		if i == 1 && len(st.Exprs) == 1 && s.overKeys(st.Exprs[0]) {
			s.assign(n, keysElement)
			continue
		}
		s.assign(n, nil)
	}
}

// keysElement stands for some element of KEYS.
var keysElement ast.Expr = &ast.AttrGetExpr{Object: &ast.IdentExpr{Value: "KEYS"}}

func (s *surveyor) overKeys(e ast.Expr) bool {
	c, ok := e.(*ast.FuncCallExpr)
	return ok && (isName(c.Func, "ipairs") || isName(c.Func, "pairs")) && len(c.Args) == 1 && isName(c.Args[0], "KEYS")
}

func (s *surveyor) assign(name string, e ast.Expr) { s.from[name] = append(s.from[name], e) }

func (s *surveyor) params(f *ast.FunctionExpr) {
	for _, n := range f.ParList.Names {
		s.assign(n, nil)
	}
}

func (s *surveyor) expr(e ast.Expr) ast.Expr {
	switch e := e.(type) {
	case *ast.FunctionExpr:
		s.functions++
		s.params(e)
	case *ast.IdentExpr:
		s.seen = append(s.seen, e)
	case *ast.AttrGetExpr:
		key, constant := e.Key.(*ast.StringExpr)
		if constant && slow[key.Value] || !constant && isName(e.Object, "string") {
			s.straight = false
		}
		if isName(e.Object, "KEYS") || s.library(e.Object) && s.harmless(e.Key) {
			s.known[e.Object] = true
		}
	case *ast.UnaryLenOpExpr:
		s.known[e.Expr] = true
	case *ast.FuncCallExpr:
		s.call(e)
	}
	return e
}

func (s *surveyor) library(e ast.Expr) bool { return isName(e, "redis") || isName(e, "server") }

// harmless: a function of the library other than call and pcall.
func (s *surveyor) harmless(key ast.Expr) bool {
	k, ok := key.(*ast.StringExpr)
	return ok && k.Value != "call" && k.Value != "pcall"
}

// call notes calls of redis.call, by whatever name, and what takes KEYS whole.
func (s *surveyor) call(e *ast.FuncCallExpr) {
	if slow[e.Method] {
		s.straight = false
	}
	s.callbacks(e)
	for _, f := range []string{"unpack", "ipairs", "pairs", "next", "type"} {
		if isName(e.Func, f) && len(e.Args) == 1 && isName(e.Args[0], "KEYS") {
			s.known[e.Args[0]] = true
		}
	}
	if id, ok := e.Func.(*ast.IdentExpr); ok {
		s.calls = append(s.calls, e) // perhaps an alias: looked at later
		_ = id
		return
	}
	if s.isCall(e.Func) {
		s.known[e.Func.(*ast.AttrGetExpr).Object] = true
		s.calls = append(s.calls, e)
	}
}

func (s *surveyor) isCall(e ast.Expr) bool {
	get, ok := e.(*ast.AttrGetExpr)
	if !ok || !s.library(get.Object) {
		return false
	}
	k, ok := get.Key.(*ast.StringExpr)
	return ok && (k.Value == "call" || k.Value == "pcall")
}

// declared judges when the whole chunk was seen.
func (s *surveyor) declared() bool {
	for _, id := range s.seen {
		if doors[id.Value] {
			s.straight = false
			return false
		}
	}
	for _, fixed := range []string{"KEYS", "redis", "server", "unpack", "ipairs", "pairs"} {
		if len(s.from[fixed]) > 0 {
			return false
		}
	}
	s.follow()
	for _, id := range s.seen {
		switch {
		case id.Value == "KEYS" || id.Value == "redis" || id.Value == "server":
			s.lost = s.lost || !s.known[id]
		case s.aliases[id.Value]:
			s.lost = s.lost || !s.known[id]
		}
	}
	for _, c := range s.calls {
		if s.lost {
			break
		}
		if id, ok := c.Func.(*ast.IdentExpr); ok && !s.aliases[id.Value] {
			continue
		}
		s.lost = !s.namesKeysOnly(c.Args)
	}
	return !s.lost
}

// follow finds the names that hold redis.call, and those that hold keys, by what
// was assigned to them.
func (s *surveyor) follow() {
	for name, exprs := range s.from {
		calls := 0
		for _, e := range exprs {
			if e != nil && s.isCall(e) {
				s.known[e.(*ast.AttrGetExpr).Object] = true
				calls++
			}
		}
		if calls > 0 {
			s.aliases[name] = true
			s.lost = s.lost || calls < len(exprs)
		}
		s.names[name] = true
	}
	for _, c := range s.calls {
		if id, ok := c.Func.(*ast.IdentExpr); ok && s.aliases[id.Value] {
			s.known[id] = true
		}
	}
	for changed := true; changed; { // a name stays while all it was given are keys
		changed = false
		for name, exprs := range s.from {
			for _, e := range exprs {
				if s.names[name] && !s.isKey(e) {
					s.names[name], changed = false, true
				}
			}
		}
	}
}

func (s *surveyor) isKey(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.AttrGetExpr:
		return isName(e.Object, "KEYS")
	case *ast.IdentExpr:
		return s.names[e.Value]
	}
	return false
}

// namesKeysOnly: the command is known and what stands where its keys do are
// elements of KEYS.
func (s *surveyor) namesKeysOnly(args []ast.Expr) bool {
	if len(args) == 0 {
		return true
	}
	word, ok := args[0].(*ast.StringExpr)
	if !ok {
		return false
	}
	cmd := s.table.Lookup([]byte(word.Value))
	switch {
	case cmd == nil:
		return true // refused when it runs
	case cmd.Is(command.AllKeys) || cmd.Is(command.AtOnce) || len(cmd.Subs()) > 0:
		return false
	case !cmd.HasKeys():
		return cmd.Flags&command.Write == 0
	case cmd.OneKey() > 0:
		return cmd.OneKey() < len(args) && s.plain(args[:cmd.OneKey()]) && s.isKey(args[cmd.OneKey()])
	}
	return s.allKeys(cmd, args)
}

// plain: no argument may stand for several.
func (s *surveyor) plain(args []ast.Expr) bool {
	for _, a := range args {
		switch a.(type) {
		case *ast.FuncCallExpr, *ast.Comma3Expr:
			return false
		}
	}
	return true
}

// allKeys: commands all of whose arguments are keys (DEL, MGET).
func (s *surveyor) allKeys(cmd *command.Command, args []ast.Expr) bool {
	if len(cmd.Keys) != 1 {
		return false
	}
	k := cmd.Keys[0]
	if k.Counted || k.Unknown || k.Keyword != "" || k.Index != 1 || k.Last != -1 || k.Step != 1 || k.Limit > 1 {
		return false
	}
	for _, a := range args[1:] {
		c, ok := a.(*ast.FuncCallExpr)
		whole := ok && isName(c.Func, "unpack") && len(c.Args) == 1 && isName(c.Args[0], "KEYS")
		if !whole && !s.isKey(a) {
			return false
		}
	}
	return true
}
