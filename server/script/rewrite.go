package script

import "github.com/yuin/gopher-lua/ast"

// Names of the functions that rewrite puts into a chunk. No script can say them.
const (
	concatName = "\x00concat"
	setName    = "\x00set"
	spareName  = "\x00v"
)

// rewrite has the two operations that may take much memory at once go through
// functions that are paid for: joining strings, and setting an element of a
// table (the interpreter fills the gap below a number). Joining has to be done
// otherwise than by the interpreter anyhow: it shows numbers in Go's notation.
//
// The chunk becomes
//
//	local concat, set = ...
//	return function(...) CHUNK end
//
// so that the functions are upvalues: quick, and out of reach of setfenv.
func rewrite(chunk []ast.Stmt) []ast.Stmt {
	w := walker{expr: rewriteExpr, stmt: rewriteStmt}
	w.block(chunk)
	helpers := &ast.LocalAssignStmt{Names: []string{concatName, setName}, Exprs: []ast.Expr{&ast.Comma3Expr{}}}
	body := &ast.FunctionExpr{ParList: &ast.ParList{HasVargs: true, Names: []string{}}, Stmts: chunk}
	give := &ast.ReturnStmt{Exprs: []ast.Expr{body}}
	last := 1
	if len(chunk) > 0 {
		last = chunk[len(chunk)-1].LastLine()
	}
	for _, n := range []ast.PositionHolder{helpers, helpers.Exprs[0], body, give} {
		n.SetLine(1)
		n.SetLastLine(max(last, 1))
	}
	return []ast.Stmt{helpers, give}
}

func rewriteExpr(e ast.Expr) ast.Expr {
	c, ok := e.(*ast.StringConcatOpExpr)
	if !ok {
		return e
	}
	return call(c, concatName, operands(c)...)
}

// operands are those of a chain a .. b .. c: inner chains became calls before,
// and are taken apart again so that a long chain is one call.
func operands(c *ast.StringConcatOpExpr) []ast.Expr {
	tail, ok := c.Rhs.(*ast.FuncCallExpr)
	if ok && isName(tail.Func, concatName) {
		if len(tail.Args) < 200 {
			return append([]ast.Expr{single(c.Lhs)}, tail.Args...)
		}
	}
	return []ast.Expr{single(c.Lhs), single(c.Rhs)}
}

// single keeps a call or "..." that becomes an argument to its first value.
func single(e ast.Expr) ast.Expr {
	switch e := e.(type) {
	case *ast.FuncCallExpr:
		e.AdjustRet = true
	case *ast.Comma3Expr:
		e.AdjustRet = true
	}
	return e
}

func rewriteStmt(s ast.Stmt) ast.Stmt {
	a, ok := s.(*ast.AssignStmt)
	if !ok || !setsElement(a) {
		return s
	}
	if len(a.Lhs) == 1 && len(a.Rhs) == 1 {
		return setStmt(s, a.Lhs[0].(*ast.AttrGetExpr), single(a.Rhs[0]))
	}
	return setMany(a)
}

// setsElement: some target is an element whose key is not a constant text.
func setsElement(a *ast.AssignStmt) bool {
	for _, l := range a.Lhs {
		if dynamic(l) {
			return true
		}
	}
	return false
}

func dynamic(target ast.Expr) bool {
	get, ok := target.(*ast.AttrGetExpr)
	if !ok {
		return false
	}
	_, constant := get.Key.(*ast.StringExpr)
	return !constant
}

func setStmt(at ast.PositionHolder, target *ast.AttrGetExpr, v ast.Expr) ast.Stmt {
	s := &ast.FuncCallStmt{Expr: call(at, setName, single(target.Object), single(target.Key), v)}
	stand(s, at)
	return s
}

// setMany evaluates all targets and values of a multiple assignment first, as
// Lua does, and assigns then:
//
//	do local t1, k1, t2, k2 = a, i, b, j; local v1, v2 = RHS; set(t1, k1, v1) ... end
func setMany(a *ast.AssignStmt) ast.Stmt {
	block := &ast.DoBlockStmt{}
	places := &ast.LocalAssignStmt{}
	values := &ast.LocalAssignStmt{Exprs: a.Rhs}
	var stores []ast.Stmt
	for i, l := range a.Lhs {
		suffix := string(rune('0' + i))
		values.Names = append(values.Names, spareName+"v"+suffix)
		v := name(a, spareName+"v"+suffix)
		if !dynamic(l) {
			if get, ok := l.(*ast.AttrGetExpr); ok {
				places.Names = append(places.Names, spareName+"t"+suffix)
				places.Exprs = append(places.Exprs, single(get.Object))
				get.Object = name(a, spareName+"t"+suffix)
			}
			one := &ast.AssignStmt{Lhs: []ast.Expr{l}, Rhs: []ast.Expr{v}}
			stand(one, a)
			stores = append(stores, one)
			continue
		}
		get := l.(*ast.AttrGetExpr)
		places.Names = append(places.Names, spareName+"t"+suffix, spareName+"k"+suffix)
		places.Exprs = append(places.Exprs, single(get.Object), single(get.Key))
		target := &ast.AttrGetExpr{Object: name(a, spareName+"t"+suffix), Key: name(a, spareName+"k"+suffix)}
		stores = append(stores, setStmt(a, target, v))
	}
	stand(places, a)
	stand(values, a)
	block.Stmts = append([]ast.Stmt{places, values}, stores...)
	stand(block, a)
	return block
}

func call(at ast.PositionHolder, fn string, args ...ast.Expr) *ast.FuncCallExpr {
	e := &ast.FuncCallExpr{Func: name(at, fn), Args: args, AdjustRet: true}
	stand(e, at)
	return e
}

func name(at ast.PositionHolder, id string) ast.Expr {
	e := &ast.IdentExpr{Value: id}
	stand(e, at)
	return e
}

// stand gives a new node the lines of the one it stands for.
func stand(n, at ast.PositionHolder) {
	n.SetLine(at.Line())
	n.SetLastLine(max(at.LastLine(), at.Line()))
}

func isName(e ast.Expr, id string) bool {
	i, ok := e.(*ast.IdentExpr)
	return ok && i.Value == id
}
