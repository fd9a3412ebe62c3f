// Package peer starts servers as processes on loopback, talks to them with as
// little code of its own as will do, and reads what the kernel says of them:
// memory and processor time. Benchmarks and whole-system tests share it.
//
// A process belongs to whoever started it and is killed by its id, never by name.
package peer

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Spec says what to start.
type Spec struct {
	Name string   // for people: "cached", "redis"
	Bin  string   // path of the program
	Args []string // without the port
	port func(port int) []string
}

// Redis is a redis-server of this machine that keeps nothing on disk.
func Redis(bin string, settings ...string) Spec {
	args := append([]string{"--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--loglevel", "warning"}, settings...)
	return Spec{Name: "redis", Bin: bin, Args: args, port: redisPort}
}

// Cached is our own server without its http door.
func Cached(bin string, settings ...string) Spec {
	if strings.HasPrefix(filepath.Base(bin), "redis-server") {
		s := Redis(bin, settings...) // both sides Redis: what a harness measures of itself
		s.Name = "cached"
		return s
	}
	args := append([]string{"--bind", "127.0.0.1", "--http-port", "0", "--loglevel", "warning"}, settings...)
	return Spec{Name: "cached", Bin: bin, Args: args, port: redisPort}
}

// Memcached is a memcached with a bound in MiB.
func Memcached(bin string, mib int) Spec {
	args := []string{"-l", "127.0.0.1", "-m", strconv.Itoa(mib), "-u", "nobody", "-U", "0", "-t", "2"}
	return Spec{Name: "memcached", Bin: bin, Args: args, port: func(p int) []string { return []string{"-p", strconv.Itoa(p)} }}
}

func redisPort(p int) []string { return []string{"--port", strconv.Itoa(p)} }

// Process is a running server.
type Process struct {
	Name string
	Addr string

	cmd  *exec.Cmd
	log  lockedBuffer
	done chan struct{} // closed when the process has ended
	err  error         // of Wait; read after done
}

// running are the processes that were started and have not ended, for KillAll.
var running struct {
	sync.Mutex
	all map[*Process]bool // guarded by the mutex
}

// KillAll ends every process that is still running: for a program that is
// interrupted.
func KillAll() {
	running.Lock()
	defer running.Unlock()
	for p := range running.all {
		p.cmd.Process.Kill() //nolint:errcheck // gone already is fine
		os.RemoveAll(p.cmd.Dir)
	}
}

func (p *Process) enlist(on bool) {
	running.Lock()
	defer running.Unlock()
	if running.all == nil {
		running.all = make(map[*Process]bool)
	}
	if on {
		running.all[p] = true
	} else {
		delete(running.all, p)
	}
}

// Start runs a server and waits until it accepts connections.
func Start(s Spec) (*Process, error) {
	port, err := freePort()
	if err != nil {
		return nil, fmt.Errorf("peer: %w", err)
	}
	p := &Process{Name: s.Name, Addr: net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), done: make(chan struct{})}
	p.cmd = exec.Command(s.Bin, append(s.port(port), s.Args...)...)
	p.cmd.Stdout, p.cmd.Stderr = &p.log, &p.log
	p.cmd.Env = Env()
	if p.cmd.Dir, err = os.MkdirTemp("", "peer"); err != nil {
		return nil, fmt.Errorf("peer: %w", err)
	}
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("peer: start %s: %w", s.Name, err)
	}
	p.enlist(true)
	go func() {
		p.err = p.cmd.Wait()
		p.enlist(false)
		close(p.done)
	}()
	if err := p.await(10 * time.Second); err != nil {
		p.Kill()
		return nil, fmt.Errorf("peer: start %s: %w; it said: %s", s.Name, err, p.Log())
	}
	return p, nil
}

func (p *Process) await(limit time.Duration) error {
	deadline := time.Now().Add(limit)
	for {
		c, err := net.DialTimeout("tcp", p.Addr, time.Second)
		if err == nil {
			return c.Close()
		}
		select {
		case <-p.done:
			return errors.Join(errors.New("it ended at once"), p.err)
		case <-time.After(10 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			return err
		}
	}
}

// Env is the environment without settings of ours: what a developer has set for
// a server, or for the tests, must not reach the servers under test.
func Env() []string {
	return slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "CACHED_") })
}

// Pid is the process's id.
func (p *Process) Pid() int { return p.cmd.Process.Pid }

// Log is what the process printed.
func (p *Process) Log() string { return p.log.String() }

// Ended is closed when the process has ended.
func (p *Process) Ended() <-chan struct{} { return p.done }

// Stop asks the process to end and waits; its exit status is the error.
func (p *Process) Stop(limit time.Duration) error {
	defer os.RemoveAll(p.cmd.Dir)
	p.cmd.Process.Signal(syscall.SIGTERM) //nolint:errcheck // gone already is fine
	select {
	case <-p.done:
		return p.err
	case <-time.After(limit):
		p.Kill()
		return fmt.Errorf("peer: %s did not end within %v", p.Name, limit)
	}
}

// Kill ends the process at once.
func (p *Process) Kill() {
	p.cmd.Process.Kill() //nolint:errcheck // gone already is fine
	<-p.done
	os.RemoveAll(p.cmd.Dir)
}

// Run starts a server for a test and kills it when the test ends.
func Run(t testing.TB, s Spec) *Process {
	t.Helper()
	p, err := Start(s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("%s said:\n%s", p.Name, p.Log())
		}
		p.Kill()
	})
	return p
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// lockedBuffer collects output, the last of it if there is much.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer // guarded by mu
}

// maxLog bounds what is kept of a process's output.
const maxLog = 64 << 10

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if over := b.buf.Len() + len(p) - maxLog; over > 0 {
		b.buf.Next(over)
	}
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
