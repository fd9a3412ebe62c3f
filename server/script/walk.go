package script

import "github.com/yuin/gopher-lua/ast"

// walker visits each statement and expression of a chunk, inner ones first, and
// puts what its functions return in their place.
type walker struct {
	expr  func(ast.Expr) ast.Expr
	stmt  func(ast.Stmt) ast.Stmt
	depth int
}

// maxDepth bounds the nesting of a chunk: the compiler goes down by recursion,
// and a hostile chunk must not exhaust the process's stack.
const maxDepth = 5000

// tooDeep is the panic of a walker in a chunk that is nested too deep.
type tooDeep struct{}

func (w *walker) deeper() {
	if w.depth++; w.depth > maxDepth {
		panic(tooDeep{})
	}
}

func (w *walker) block(stmts []ast.Stmt) {
	w.deeper()
	for i, s := range stmts {
		w.inside(s)
		stmts[i] = w.stmt(s)
	}
	w.depth--
}

func (w *walker) exprs(list []ast.Expr) {
	for i := range list {
		w.visit(&list[i])
	}
}

func (w *walker) inside(s ast.Stmt) {
	switch s := s.(type) {
	case *ast.AssignStmt:
		w.exprs(s.Lhs)
		w.exprs(s.Rhs)
	case *ast.LocalAssignStmt:
		w.exprs(s.Exprs)
	case *ast.FuncCallStmt:
		w.visit(&s.Expr)
	case *ast.DoBlockStmt:
		w.block(s.Stmts)
	case *ast.WhileStmt:
		w.visit(&s.Condition)
		w.block(s.Stmts)
	case *ast.RepeatStmt:
		w.block(s.Stmts)
		w.visit(&s.Condition)
	case *ast.IfStmt:
		w.visit(&s.Condition)
		w.block(s.Then)
		w.block(s.Else)
	case *ast.NumberForStmt:
		w.visit(&s.Init)
		w.visit(&s.Limit)
		w.visit(&s.Step)
		w.block(s.Stmts)
	case *ast.GenericForStmt:
		w.exprs(s.Exprs)
		w.block(s.Stmts)
	case *ast.FuncDefStmt:
		w.visit(&s.Name.Func)
		w.visit(&s.Name.Receiver)
		w.block(s.Func.Stmts)
	case *ast.ReturnStmt:
		w.exprs(s.Exprs)
	}
}

func (w *walker) visit(at *ast.Expr) {
	w.deeper()
	defer func() { w.depth-- }()
	switch e := (*at).(type) {
	case nil:
		return
	case *ast.AttrGetExpr:
		w.visit(&e.Object)
		w.visit(&e.Key)
	case *ast.TableExpr:
		for _, f := range e.Fields {
			w.visit(&f.Key)
			w.visit(&f.Value)
		}
	case *ast.FuncCallExpr:
		w.visit(&e.Func)
		w.visit(&e.Receiver)
		w.exprs(e.Args)
	case *ast.LogicalOpExpr:
		w.visit(&e.Lhs)
		w.visit(&e.Rhs)
	case *ast.RelationalOpExpr:
		w.visit(&e.Lhs)
		w.visit(&e.Rhs)
	case *ast.StringConcatOpExpr:
		w.visit(&e.Lhs)
		w.visit(&e.Rhs)
	case *ast.ArithmeticOpExpr:
		w.visit(&e.Lhs)
		w.visit(&e.Rhs)
	case *ast.UnaryMinusOpExpr:
		w.visit(&e.Expr)
	case *ast.UnaryNotOpExpr:
		w.visit(&e.Expr)
	case *ast.UnaryLenOpExpr:
		w.visit(&e.Expr)
	case *ast.FunctionExpr:
		w.block(e.Stmts)
	}
	*at = w.expr(*at)
}
