package script

import (
	"strings"
	"sync"
	"testing"

	lua "github.com/yuin/gopher-lua"
)

func float64lua(n int64) lua.LNumber { return lua.LNumber(n) }

func TestWaysOutOfTheSandboxAreShut(t *testing.T) {
	r := newRig(t)
	for _, body := range []string{
		"return os", "return io", "return require('os')", "return dofile('/etc/passwd')", "return loadfile('/etc/passwd')",
		"return debug.getinfo(1)", "return package.path", "return module('x')", "return print('x')", "return getfenv(0)", "setfenv(1,{})", "return newproxy()",
		"x = 1", "_G.x = 1", "rawset(_G,'x',1)", "setmetatable(_G,{})", "getmetatable(_G).__index = 1", "getmetatable(_G).__newindex = nil",
		"redis.call = nil", "rawset(redis,'call',1)", "table.insert(redis,1)", "string.format = nil", "getmetatable('').__index = nil",
		"getmetatable('').x = 1", "cjson.encode = 1", "math.huge = 1", "setmetatable(string,{})", "loadstring('x=1')()", "load(function() return nil end)() y = 1",
		"coroutine.wrap(function() z = 1 end)()", "_G._G._G.x = 1", "getmetatable(getmetatable('')).__newindex = 1",
	} {
		if got := r.eval(body); !strings.HasPrefix(got, "-ERR") {
			t.Errorf("%s: %q", body, got)
		}
	}
	if got := r.eval("return {type(redis.call), type(string.format), ('x'):upper(), type(rawget(_G,'x'))}"); got != "[function function X nil]" {
		t.Errorf("afterwards: %s", got)
	}
}

func TestNothingLastsFromOneScriptToTheNext(t *testing.T) {
	r := newRig(t)
	r.most = 1 // one state for all
	for _, c := range [][2]string{
		{"KEYS[2] = 'x' KEYS.y = 1 ARGV[1] = 'a' setmetatable(ARGV, {__index = function() return 'm' end}) return #KEYS", "2"},
		{"return {#KEYS, #ARGV, type(KEYS.y), type(ARGV[7])}", "[1 0 nil nil]"},
		{"redis.setresp(3) return 1", "1"},
		{"return redis.call('get', KEYS[1]) == false and 'resp2' or 'resp3'", "resp2"},
		{"cjson.encode_max_depth(1) cjson.encode_sparse_array(true) return 1", "1"},
		{"return cjson.encode({{1}})", "[[1]]"},
		{"local t = {} t.x = 1 return 1", "1"},
	} {
		if got := r.eval(c[0], "k"); got != c[1] {
			t.Errorf("%s: %q, want %q", c[0], got, c[1])
		}
	}
	r.run(&Run{Seed: 1}, "math.randomseed(5) return 1")
	a := r.run(&Run{Seed: 9}, "return tostring(math.random())")
	if b := r.run(&Run{Seed: 9}, "return tostring(math.random())"); a != b {
		t.Errorf("one seed, two numbers: %s, %s", a, b)
	}
	if b := r.run(&Run{Seed: 10}, "return tostring(math.random())"); a == b {
		t.Errorf("two seeds, one number: %s", a)
	}
}

func TestScriptsRunSideBySide(t *testing.T) {
	r := newRig(t)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			mine := &rig{r.Interpreter, t, nil}
			for i := range 200 {
				if got := mine.eval("local s = '' for i = 1, 20 do s = s .. i end return #s + #KEYS", "k"); got != "32" {
					t.Error(got)
				}
				if i%50 == 0 {
					r.Flush()
				}
			}
		})
	}
	wg.Wait()
}

func TestShapesErrOnTheSafeSide(t *testing.T) {
	r := newRig(t)
	for _, c := range []struct {
		body               string
		straight, declared bool
	}{
		{"return redis.call('incr', KEYS[1])", true, true},
		{"local k = KEYS[1] return redis.call('get', k)", true, true},
		{"local rcall = redis.call return rcall('get', KEYS[1])", true, true},
		{"if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0", true, true},
		{"return redis.call('del', unpack(KEYS))", true, true},
		{"for i, k in ipairs(KEYS) do redis.call('del', k) end", false, true},
		{"return redis.call('get', ARGV[1])", true, false},
		{"return redis.call('get', KEYS[1] .. 'x')", true, false},
		{"local k = KEYS[1] k = 'other' return redis.call('get', k)", true, false},
		{"local KEYS = {'x'} return redis.call('get', KEYS[1])", true, false},
		{"KEYS[1] = 'x' return redis.call('get', KEYS[1])", true, false},
		{"local t = KEYS t[1] = 'x' return redis.call('get', KEYS[1])", true, false},
		{"local f = function(k) return redis.call('get', k) end return f('x')", false, false},
		{"local c = redis return c.call('get', 'x')", true, false},
		{"local n = 'call' return redis[n]('get', 'x')", true, false},
		{"return pcall(redis.call, 'get', 'x')", true, false},
		{"return _G.redis.call('get', 'x')", false, false},
		{"return loadstring(\"return redis.call('get', 'x')\")()", false, false},
		{"return redis.call(ARGV[1], KEYS[1])", true, false},
		{"return redis.call('keys', '*')", true, false},
		{"return redis.call('flushall')", true, false},
		{"local a = redis.call a = print return a('get', KEYS[1])", true, false},
		{"while true do end", false, true},
		{"local ok, e = pcall(function() return redis.call('get', KEYS[1]) end) return ok", true, true},
		{"local f = function() end for i = 1, 2 do f() end", false, true},
		{"table.sort({1}, function() end)", false, true},
		{"local function f() return f() end f()", false, true},
		{"return string.find('a', ARGV[1])", false, true},
		{"return ('a'):gsub('a', 'b')", false, true},
	} {
		s, err := r.Load(c.body)
		if err != nil {
			t.Fatal(err)
		}
		if s.Shape.Straight && !c.straight || s.Shape.Declared && !c.declared {
			t.Errorf("%s: %+v is not safe", c.body, s.Shape)
		}
		if s.Shape != (Shape{c.straight, c.declared}) {
			t.Errorf("%s: %+v, want straight %v, declared %v", c.body, s.Shape, c.straight, c.declared)
		}
	}
}

func TestTheCacheKeepsWhatWasLoadedAndForgetsOldEvals(t *testing.T) {
	r := newRig(t)
	kept, _ := r.Load("return 'kept'")
	first, _ := r.Interpreter.Eval([]byte("return 0"))
	for i := range 2 * maxEvalScripts {
		if _, err := r.Interpreter.Eval([]byte("return " + numberString(lua.LNumber(i+1)))); err != nil {
			t.Fatal(err)
		}
	}
	n, _, gone := r.Count()
	if n != maxEvalScripts+1 || gone == 0 {
		t.Errorf("%d scripts, %d dropped", n, gone)
	}
	if r.Find([]byte(kept.SHA)) == nil || r.Find([]byte(strings.ToUpper(kept.SHA))) == nil {
		t.Error("what was loaded is gone")
	}
	if r.Find([]byte(first.SHA)) != nil || r.FindBody([]byte("return 0")) != nil {
		t.Error("the oldest script of EVAL is still there")
	}
}

func TestShapesOfLibraries(t *testing.T) {
	r := newRig(t)
	for body, straight := range map[string]bool{
		"redis.register_function('f', function(keys) return redis.call('incr', keys[1]) end)":                                            true,
		"redis.register_function{function_name='f', callback=function(keys) return 1 end}":                                               true,
		"local function my(keys, args) return args[1] end redis.register_function('f', my)":                                              true,
		"local function my() return 1 end redis.register_function('f', function() return my() end)":                                      false,
		"redis.register_function('f', function() while true do end end)":                                                                 false,
		"local function my(n) return my(n) end redis.register_function('f', my)":                                                         false,
		"local t = {} t.g = function() return t.g() end redis.register_function('f', function() return t.g() end)":                       false,
		"local t = {g = function(t) return t.g(t) end} redis.register_function('f', function() return t.g(t) end)":                       false,
		"redis.register_function('f', function() local function g() g() end g() end)":                                                    false,
		"redis.register_function('f', function() return pcall(function() return 1 end) end)":                                             true,
		"local g redis.register_function('f', function() g = function() return g() end return g() end)":                                  false,
		"redis.register_function('f', function() return (function() return 1 end)() end)":                                                false,
		"redis.register_function('f', function(keys, args) return string.find(args[1], args[2]) end)":                                    false,
		"local function my(f) return f(f) end redis.register_function('f', function() return pcall(my, my) end)":                         false,
		"redis.register_function('f', function() local s = setmetatable({}, {__index = function(t, k) return t[k] end}) return s.x end)": false,
	} {
		r.UndefineAll()
		if _, err := r.Define("#!lua name=l\n"+body, Append); err != nil {
			t.Fatalf("%s: %v", body, err)
		}
		if got := r.Known(true, false, []byte("f")); got.Straight != straight {
			t.Errorf("%s: straight is %v", body, got.Straight)
		}
	}
}
