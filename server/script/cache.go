package script

import (
	"container/list"
	"strings"
	"sync"
	"sync/atomic"

	lua "github.com/yuin/gopher-lua"

	"github.com/cachedserver/cached/protocol"
)

// Script is a compiled script. Its exported fields never change.
type Script struct {
	SHA   string // its name: 40 hexadecimal digits
	Body  string
	Flags Flags
	Shape Shape

	proto *lua.FunctionProto
	used  atomic.Uint32 // counts runs, for the cache to look at now and then
	spot  *list.Element // in the cache's order; nil if it was loaded to stay
}

// maxEvalScripts is how many scripts are kept that came by EVAL alone, as in
// Redis 7.4: an application that writes values into its scripts must not fill
// the memory. maxEvalBytes bounds their texts together.
const (
	maxEvalScripts = 500
	maxEvalBytes   = 32 << 20
)

// cache holds the scripts by name.
type cache struct {
	mu     sync.RWMutex
	byName map[string]*Script // guarded by mu, as are the rest
	byBody map[string]*Script // the same: quicker than to take the SHA1
	order  *list.List         // scripts of EVAL, the longest unused first
	bytes  int                // of the texts of those
	total  int                // of all texts
	gone   int64              // evicted
}

func (c *cache) init() {
	c.byName, c.byBody, c.order = map[string]*Script{}, map[string]*Script{}, list.New()
}

// Find returns the script with a name, in any case, or nil.
func (it *Interpreter) Find(sha []byte) *Script {
	c := &it.scripts
	c.mu.RLock()
	s := c.byName[string(sha)]
	if s == nil && len(sha) == 40 {
		s = c.byName[strings.ToLower(string(sha))]
	}
	c.mu.RUnlock()
	return s
}

// FindBody returns the script with a text, or nil.
func (it *Interpreter) FindBody(body []byte) *Script {
	c := &it.scripts
	c.mu.RLock()
	s := c.byBody[string(body)]
	mayGo := s != nil && s.spot != nil
	c.mu.RUnlock()
	if mayGo && s.used.Add(1)&63 == 0 {
		c.use(s.SHA, false)
	}
	return s
}

// Load compiles a script that is to stay until Flush.
func (it *Interpreter) Load(body string) (*Script, error) { return it.load(body, true) }

// Eval compiles a script that is kept as long as it is used more than others.
func (it *Interpreter) Eval(body []byte) (*Script, error) { return it.load(string(body), false) }

func (it *Interpreter) load(body string, stay bool) (*Script, error) {
	c := &it.scripts
	sha := digest(body)
	if s := c.use(sha, stay); s != nil {
		return s, nil
	}
	s := &Script{SHA: sha, Body: body}
	code, err := s.shebang()
	if err != nil {
		return nil, err
	}
	compiled, err := compile(code, "user_script", survey, it.table)
	if err != nil {
		return nil, protocol.Errorf(textCompile, err)
	}
	s.proto, s.Shape = compiled.proto, compiled.shape
	return c.add(s, stay), nil
}

// use returns a script that is there and notes that it is used.
func (c *cache) use(sha string, stay bool) *Script {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.byName[sha]
	if s == nil || s.spot == nil {
		return s
	}
	if stay {
		c.keep(s)
		return s
	}
	c.order.MoveToBack(s.spot)
	return s
}

// keep has a script of EVAL stay. Called with mu held.
func (c *cache) keep(s *Script) {
	c.order.Remove(s.spot)
	c.bytes -= len(s.Body)
	s.spot = nil
}

func (c *cache) add(s *Script, stay bool) *Script {
	c.mu.Lock()
	defer c.mu.Unlock()
	if other := c.byName[s.SHA]; other != nil {
		return other
	}
	c.byName[s.SHA], c.byBody[s.Body] = s, s
	c.total += len(s.Body)
	if stay {
		return s
	}
	s.spot = c.order.PushBack(s)
	c.bytes += len(s.Body)
	for c.order.Len() > maxEvalScripts || c.bytes > maxEvalBytes && c.order.Len() > 1 {
		c.evict(c.order.Front())
	}
	return s
}

func (c *cache) evict(e *list.Element) {
	s := c.order.Remove(e).(*Script)
	delete(c.byName, s.SHA)
	delete(c.byBody, s.Body)
	c.bytes -= len(s.Body)
	c.total -= len(s.Body)
	c.gone++
}

// Flush forgets all scripts.
func (it *Interpreter) Flush() {
	c := &it.scripts
	c.mu.Lock()
	c.init()
	c.bytes, c.total = 0, 0
	c.mu.Unlock()
	it.mu.Lock()
	it.idle = nil
	it.mu.Unlock()
}

// Count tells how many scripts there are, how many bytes their texts take, and
// how many were dropped for others.
func (it *Interpreter) Count() (scripts, bytes int, evicted int64) {
	c := &it.scripts
	c.mu.RLock()
	defer c.mu.RUnlock()
	return len(c.byName), c.total, c.gone
}

// Known returns the shape of what a call would run: of a function by its name, of
// a script by its text or its SHA1. nil: it is not known yet.
func (it *Interpreter) Known(function, byBody bool, word []byte) *Shape {
	var s *Script
	switch {
	case function:
		return it.funcs.shape(word)
	case byBody:
		s = it.FindBody(word)
	default:
		if s = it.Find(word); s == nil {
			return &Shape{Straight: true} // there is nothing to run
		}
	}
	if s == nil {
		return nil
	}
	return &s.Shape
}
