package main

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestMain lets the test's own binary be the server: run with TEST_AS_MAIN set it
// is main.
func TestMain(m *testing.M) {
	if os.Getenv("TEST_AS_MAIN") != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

func tool(args ...string) (exit int, out, err string) {
	var o, e bytes.Buffer
	exit = run(args, streams{strings.NewReader(""), &o, &e})
	return exit, o.String(), e.String()
}

func TestToolsSayWhatTheyAre(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"version"}, "cached 0."}, {[]string{"--version"}, "cached 0."},
		{[]string{"help"}, "--maxmemory"}, {[]string{"-h"}, "check-config"}, {[]string{"help", "all"}, "lfu-decay-time"},
	} {
		if exit, out, _ := tool(c.args...); exit != 0 || !strings.Contains(out, c.want) {
			t.Errorf("%v: exit %d, no %q in %q", c.args, exit, c.want, out)
		}
	}
}

func TestCheckConfigNamesTheFault(t *testing.T) {
	file := filepath.Join(t.TempDir(), "c.conf")
	os.WriteFile(file, []byte("port 7000\nmaxmemoy 1gb\n"), 0o600)
	exit, out, _ := tool("check-config", file)
	if exit != 1 || !strings.Contains(out, "c.conf:2") || !strings.Contains(out, "maxmemory") {
		t.Errorf("exit %d: %s", exit, out)
	}
	if exit, out, _ := tool("check-config", "--port", "7000"); exit != 0 {
		t.Errorf("exit %d: %s", exit, out)
	}
}

func TestAnOpenDoorWithoutAPasswordIsRefused(t *testing.T) {
	exit, _, err := tool("--bind", "0.0.0.0", "--port", "1")
	if exit != 1 || !strings.Contains(err, "requirepass") || !strings.Contains(err, "protected-mode") {
		t.Errorf("exit %d: %s", exit, err)
	}
}

func TestATakenPortIsAClearError(t *testing.T) {
	l, port := taken(t)
	defer l.Close()
	exit, _, err := tool("--port", port, "--bind", "127.0.0.1", "--http-port", "0")
	if exit != 1 || !strings.Contains(err, port) || !strings.Contains(err, "in use") {
		t.Errorf("exit %d: %s", exit, err)
	}
}

func taken(t *testing.T) (net.Listener, string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return l, port
}

// process is the program itself as a process.
type process struct {
	t    *testing.T
	cmd  *exec.Cmd
	out  *bytes.Buffer
	port string
}

func startProcess(t *testing.T, args ...string) *process {
	t.Helper()
	l, port := taken(t)
	l.Close()
	p := &process{t: t, out: new(bytes.Buffer), port: port}
	p.cmd = exec.Command(os.Args[0], append([]string{"--port", port, "--bind", "127.0.0.1", "--maxmemory", "64mb"}, args...)...)
	p.cmd.Env = append(os.Environ(), "TEST_AS_MAIN=1")
	p.cmd.Stdout, p.cmd.Stderr = p.out, p.out
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.cmd.Process.Kill(); p.cmd.Wait() })
	return p
}

// say sends an inline command once the server answers, and returns its first
// line.
func (p *process) say(command string) string {
	p.t.Helper()
	var conn net.Conn
	var err error
	for range 200 {
		if conn, err = net.Dial("tcp", "127.0.0.1:"+p.port); err == nil {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if err != nil {
		p.t.Fatalf("nobody answers: %v\n%s", err, p.out)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(5 * time.Second))
	fmt.Fprintf(conn, "%s\r\n", command)
	b := make([]byte, 512)
	n, _ := conn.Read(b)
	line, _, _ := strings.Cut(string(b[:n]), "\r")
	return line
}

// ended waits for the process and returns its exit code.
func (p *process) ended() int {
	p.t.Helper()
	done := make(chan error, 1)
	go func() { done <- p.cmd.Wait() }()
	select {
	case <-done:
		return p.cmd.ProcessState.ExitCode()
	case <-time.After(10 * time.Second):
		p.t.Fatalf("still running\n%s", p.out)
		return -1
	}
}

func TestASignalEndsTheServerInOrder(t *testing.T) {
	dir := t.TempDir()
	p := startProcess(t, "--pidfile", filepath.Join(dir, "pid"), "--unixsocket", filepath.Join(dir, "sock"), "--http-port", "0")
	if got := p.say("PING"); got != "+PONG" {
		t.Fatalf("PING: %q", got)
	}
	p.cmd.Process.Signal(syscall.SIGTERM)
	if exit := p.ended(); exit != 0 {
		t.Errorf("exit %d\n%s", exit, p.out)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if !strings.Contains(p.out.String(), `"msg":"cached is ready"`) {
		t.Errorf("no start line in JSON: %s", p.out)
	}
}

func TestAClientEndsTheServer(t *testing.T) {
	p := startProcess(t, "--http-port", "0")
	p.say("SHUTDOWN")
	if exit := p.ended(); exit != 0 {
		t.Errorf("exit %d\n%s", exit, p.out)
	}
}

func TestATakenHTTPPortMattersOnlyWhenAskedFor(t *testing.T) {
	l, port := taken(t)
	defer l.Close()
	exit, _, err := tool("--port", "1", "--unixsocket", filepath.Join(t.TempDir(), "s"), "--bind", "127.0.0.1", "--port", "0", "--http-port", port)
	if exit != 1 || !strings.Contains(err, port) {
		t.Errorf("exit %d: %s", exit, err)
	}
}
