package script

import (
	"crypto/sha1"
	"encoding/hex"
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"github.com/cachedserver/cached/protocol"
	"github.com/cachedserver/cached/server/command"
)

// Version is the Redis version that scripts are told.
const (
	Version       = "7.2.4"
	versionNumber = 7<<16 | 2<<8 | 4
)

// redisLib is the table redis, also called server.
func (vm *VM) redisLib() *lua.LTable {
	done := func(L *lua.LState) int { return 0 }
	t := vm.library(functions{
		"call":        func(L *lua.LState) int { return vm.command(L, false) },
		"pcall":       func(L *lua.LState) int { return vm.command(L, true) },
		"error_reply": vm.errorReply, "status_reply": vm.statusReply, "sha1hex": vm.sha1hex, "log": vm.log,
		"setresp": vm.setResp, "set_repl": vm.setRepl, "acl_check_cmd": vm.aclCheck,
		"replicate_commands": func(L *lua.LState) int { L.Push(lua.LTrue); return 1 },
		"breakpoint":         func(L *lua.LState) int { L.Push(lua.LFalse); return 1 },
		"debug":              done,
	})
	for name, n := range map[string]lua.LNumber{
		"LOG_DEBUG": 0, "LOG_VERBOSE": 1, "LOG_NOTICE": 2, "LOG_WARNING": 3,
		"REPL_NONE": 0, "REPL_AOF": 1, "REPL_SLAVE": 2, "REPL_REPLICA": 2, "REPL_ALL": 3,
		"REDIS_VERSION_NUM": versionNumber,
	} {
		t.RawSetString(name, n)
	}
	t.RawSetString("REDIS_VERSION", lua.LString(Version))
	return t
}

// command is redis.call and redis.pcall.
func (vm *VM) command(L *lua.LState, protected bool) int {
	text := vm.arguments(L)
	var cmd *command.Command
	if text == "" {
		cmd, text = vm.admit()
	}
	if text != "" {
		if !protected {
			return vm.raise(L, text)
		}
		L.Push(vm.single("err", text))
		return 1
	}
	v, failed := vm.execute(L, cmd)
	if failed && !protected {
		return vm.raise(L, string(v.(*lua.LTable).RawGetString("err").(lua.LString)))
	}
	L.Push(v)
	return 1
}

// arguments gathers the command's arguments in vm.args; else it returns an error.
func (vm *VM) arguments(L *lua.LState) string {
	n := L.GetTop()
	if n == 0 {
		return code + textNoArgs
	}
	vm.flat, vm.ends, vm.args = vm.flat[:0], vm.ends[:0], vm.args[:0]
	for i := 1; i <= n; i++ {
		switch v := L.Get(i).(type) {
		case lua.LString:
			vm.flat = append(vm.flat, v...)
		case lua.LNumber:
			vm.flat = appendArgument(vm.flat, float64(v))
		default:
			return code + textArgType
		}
		vm.ends = append(vm.ends, len(vm.flat))
	}
	from := 0
	for _, end := range vm.ends {
		vm.args = append(vm.args, vm.flat[from:end:end])
		from = end
	}
	return ""
}

// appendArgument is a number as commands get it: with all its digits.
func appendArgument(b []byte, f float64) []byte {
	if n := int64(f); float64(n) == f && n > -1<<53 && n < 1<<53 {
		return strconv.AppendInt(b, n, 10)
	}
	return protocol.AppendDouble(b, f)
}

// admit is the list of gates that a command of a script passes.
func (vm *VM) admit() (*command.Command, string) {
	cmd, err := vm.table.Resolve(vm.args)
	switch {
	case cmd == nil, err != nil && len(cmd.Subs()) > 0 && cmd.Run == nil:
		return nil, code + textUnknown
	case err != nil:
		return nil, code + textArity
	case cmd.Is(command.NoScript):
		return nil, code + textNoScript
	case vm.run.ReadOnly && cmd.Flags&(command.Write|command.MayReplicate) != 0:
		return nil, code + textReadOnly
	}
	if err := vm.run.Host.Refuse(cmd, vm.args); err != nil {
		return nil, err.Error()
	}
	if cmd.Is(command.Write) && !vm.run.write() {
		vm.budget.why = errKilled
		return nil, code + errKilled.Error()
	}
	return cmd, ""
}

// execute runs a command and reads its reply.
func (vm *VM) execute(L *lua.LState, cmd *command.Command) (v lua.LValue, failed bool) {
	vm.out.SetProto(vm.resp)
	vm.pay(L, 20)
	vm.run.Host.Call(cmd, vm.args, &vm.out)
	b, plain := vm.out.Bytes()
	if !plain {
		b = joined(&vm.out)
	}
	vm.make(L, len(b))
	r := replyReader{L: L, b: b}
	v = r.value(0)
	failed = len(b) > 0 && b[0] == '-'
	if cap(b) > maxScratch {
		b = nil
	}
	vm.out.Reset(b[:0])
	return v, failed
}

// joined is a reply with pinned values in one piece.
func joined(w *protocol.Writer) (b []byte) {
	for !w.Empty() {
		n := 0
		for _, chunk := range w.Buffers(nil) {
			b = append(b, chunk...)
			n += len(chunk)
		}
		w.Advance(n)
	}
	return b
}

// single is a table with one field.
func (vm *VM) single(field, s string) *lua.LTable {
	t := vm.L.CreateTable(0, 1)
	t.RawSetString(field, lua.LString(s))
	return t
}

func (vm *VM) errorReply(L *lua.LState) int {
	s, ok := L.Get(1).(lua.LString)
	if !ok || L.GetTop() != 1 {
		L.Push(vm.single("err", code+"wrong number or type of arguments"))
		return 1
	}
	L.Push(vm.single("err", errorText(string(s))))
	return 1
}

// errorText gives an error without a code one, as Redis does: the first word is
// the code if there is another.
func errorText(s string) string {
	s = strings.TrimPrefix(s, "-")
	s = strings.NewReplacer("\r", " ", "\n", " ").Replace(s)
	if !strings.Contains(s, " ") {
		return code + s
	}
	return s
}

func (vm *VM) statusReply(L *lua.LState) int {
	s, ok := L.Get(1).(lua.LString)
	if !ok || L.GetTop() != 1 {
		L.Push(vm.single("err", code+"wrong number or type of arguments"))
		return 1
	}
	L.Push(vm.single("ok", string(s)))
	return 1
}

func (vm *VM) sha1hex(L *lua.LState) int {
	if L.GetTop() != 1 {
		return vm.raise(L, code+"wrong number of arguments")
	}
	s := str(L, 1)
	vm.pay(L, len(s)/64)
	L.Push(lua.LString(digest(s)))
	return 1
}

// digest is the name of a script: the SHA1 of its text in hexadecimal.
func digest(text string) string {
	sum := sha1.Sum([]byte(text))
	return hex.EncodeToString(sum[:])
}

func (vm *VM) log(L *lua.LState) int {
	n := L.GetTop()
	if n < 2 {
		return vm.raise(L, code+"redis.log() requires two arguments or more.")
	}
	level, ok := L.Get(1).(lua.LNumber)
	if !ok {
		return vm.raise(L, code+"First argument must be a number (log level).")
	}
	if level < 0 || level > 3 {
		return vm.raise(L, code+"Invalid debug level.")
	}
	var words []string
	for i := 2; i <= n; i++ {
		if s, ok := text(L.Get(i)); ok {
			words = append(words, s)
		}
	}
	vm.run.Host.Log(int(level), strings.Join(words, " "))
	return 0
}

func (vm *VM) setResp(L *lua.LState) int {
	if L.GetTop() != 1 {
		return vm.raise(L, code+"redis.setresp() requires one argument.")
	}
	n, _ := number(L.Get(1))
	if n != 2 && n != 3 {
		return vm.raise(L, code+"RESP version must be 2 or 3.")
	}
	vm.resp = int(n)
	return 0
}

func (vm *VM) setRepl(L *lua.LState) int {
	if L.GetTop() != 1 {
		return vm.raise(L, code+"redis.set_repl() requires two arguments.")
	}
	n, _ := number(L.Get(1))
	if n < 0 || n > 3 {
		return vm.raise(L, code+"Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE.")
	}
	return 0
}

func (vm *VM) aclCheck(L *lua.LState) int {
	if text := vm.arguments(L); text != "" {
		return vm.raise(L, text)
	}
	cmd, err := vm.table.Resolve(vm.args)
	if err != nil {
		return vm.raise(L, code+"Invalid command passed to redis.acl_check_cmd()")
	}
	L.Push(lua.LBool(vm.run.Host.Allowed(cmd, vm.args)))
	return 1
}
