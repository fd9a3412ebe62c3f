package script

import (
	"strings"
	"testing"
	"time"
)

// endless are scripts that end only if they are ended.
var endless = []string{
	"while true do end",
	"repeat until false",
	"for i = 1, math.huge do end",
	"while true do pcall(function() while true do end end) end",
	"return pcall(function() while true do end end)",
	"local co = coroutine.create(function() while true do end end) return coroutine.resume(co)",
	"local f = coroutine.wrap(function() while true do coroutine.yield(1) end end) while true do f() end",
	"return string.find(string.rep('a', 100000), '.-.-.-.-b')",
	"return string.rep('a', 100000):match('(.-)(.-)(.-)(.-)b')",
	"local t = setmetatable({}, {__index = function(t, k) while true do end end}) return t.x",
	"string.gsub(string.rep('a', 1000), 'a', function() while true do end end)",
	"return string.find(string.rep('b', 1000000), '[' .. string.rep('a', 1000000) .. ']*c')",
	"table.sort({1, 2, 3, 4}, function(a, b) while true do end end)",
	"xpcall(function() while true do end end, function() while true do end end)",
	"while true do redis.pcall('get', 'x') end",
	"while true do pcall(error, 'x') end",
	"local function f() return f() end f()",
	"while true do cjson.decode('[1,2,3]') end",
	"loadstring('while true do end')()",
}

func TestAScriptThatDoesNotWriteCanBeKilledWhateverItDoes(t *testing.T) {
	r := newRig(t)
	for _, body := range endless {
		within(t, 20*time.Second, func() {
			run := &Run{}
			time.AfterFunc(2*time.Millisecond, func() { run.Kill() })
			if got := r.run(run, body); !strings.Contains(got, errKilled.Error()) {
				t.Errorf("%s: %q", body, got)
			}
		})
	}
	if got := r.eval("return 'fine'"); got != "fine" {
		t.Errorf("afterwards: %q", got)
	}
}

func TestAScriptThatHasWrittenCannotBeKilled(t *testing.T) {
	r := newRig(t)
	run := &Run{}
	run.Long = func() {
		if run.Kill() || !run.Wrote() {
			t.Error("it was killed")
		}
	}
	if got := r.run(run, "redis.call('set', 'a', '1') for i = 1, 100000 do end return redis.call('get', 'a')"); got != "1" {
		t.Errorf("%q", got)
	}
	run = &Run{}
	run.Kill()
	if got := r.run(run, "redis.pcall('set', 'a', '2') return 1"); !strings.Contains(got, errKilled.Error()) {
		t.Errorf("%q", got)
	}
	if got := r.eval("return redis.call('get', 'a')"); got != "1" {
		t.Errorf("a killed script wrote %q", got)
	}
}

func TestAScriptIsBoundInInstructionsAndMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("takes memory")
	}
	r := newRig(t)
	if got := r.run(&Run{Limits: Limits{Steps: 100_000}}, "while true do end"); !strings.Contains(got, errSteps.Error()) {
		t.Errorf("%q", got)
	}
	for _, body := range []string{
		"local s = 'x' while true do s = s .. s end",
		"local t = {} for i = 1, 1e9 do t[i] = {} end",
		"local t = {} for i = 1, 1e9 do t[i] = {} t[i][4000000] = 1 end",
		"local t = {} for i = 1, 1e9 do t[#t + 1] = string.rep('x', 100000) .. i end",
		"local t = {} while true do t[#t + 1] = coroutine.create(function() end) end",
		"local t = {} while true do t[#t + 1] = cjson.decode('[1,2,3,{\"a\":\"b\"}]') end",
		"local s = string.rep('x', 1e6) local t = {} while true do t[#t + 1] = string.gsub(s, 'x', 'yy') end",
		"local t = {} while true do table.insert(t, {1, 2, 3}) end",
	} {
		within(t, 60*time.Second, func() {
			got := r.run(&Run{Limits: Limits{Memory: 32 << 20}}, body)
			if !strings.Contains(got, errMemory.Error()) && !strings.Contains(got, "string length overflow") {
				t.Errorf("%s: %q", body, got)
			}
		})
	}
	if got := r.run(&Run{Limits: Limits{Text: 1000}}, "return #string.rep('x', 1001)"); !strings.HasPrefix(got, "-") {
		t.Errorf("too long a string: %q", got)
	}
}

func TestHostileTextsAreRefusedNotObeyed(t *testing.T) {
	r := newRig(t)
	for _, piece := range []string{"(", "{", "- ", "not ", "a.", "f(", "x=function() ", "if x then ", "do ", "a..", "a+", "{{", "[[", "a:b()", "a[1]"} {
		within(t, 20*time.Second, func() { r.eval("return " + strings.Repeat(piece, 100_000) + "1") })
	}
	if got := r.eval("--" + strings.Repeat(" ", maxBody)); !strings.Contains(got, "chunk is longer") {
		t.Errorf("a long text: %.100q", got)
	}
	if got := r.eval("local function f() return f() + 1 end return f()"); !strings.Contains(got, "stack overflow") {
		t.Errorf("%q", got)
	}
	if got := r.eval("return {pcall(unpack, {}, 1, 1e8)}"); !strings.Contains(got, "too many results") {
		t.Errorf("%q", got)
	}
	if got := r.eval("local t = {} t[1], t[2] = t, t return t"); got != "-"+textReplyTooLong {
		t.Errorf("a table within itself: %.100q", got)
	}
}
