package script

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cachedserver/cached/protocol"
)

// Run runs the script in w, a subtest a section. If rewrite is set, replies
// that differ from the file's are written into it instead of being faults.
func (f *File) Run(t *testing.T, w *World, rewrite bool) {
	changed := map[int][]string{} // first line of replies -> new replies
	for i := range f.Sections {
		s := &f.Sections[i]
		t.Run(s.Name, func(t *testing.T) {
			for _, c := range slices.Concat(f.Conditions, s.Conditions) {
				if why, ok := c.holds(w); !ok {
					t.Skipf("%s:%d: not in world %s: %s", f.Path, c.Line, w.Name, why)
				}
			}
			r := &run{t: t, file: f, world: w, clients: map[int]Client{}, names: map[string]string{}}
			defer r.close()
			r.section(s, rewrite, changed)
		})
	}
	if len(changed) > 0 {
		if err := f.rewrite(changed); err != nil {
			t.Error(err)
		}
	}
}

// run is one section under way in one world.
type run struct {
	t       *testing.T
	file    *File
	world   *World
	clients map[int]Client
	names   map[string]string // by !let
}

func (r *run) section(s *Section, rewrite bool, changed map[int][]string) {
	if _, err := r.do(0, []string{"FLUSHALL"}); err != nil {
		r.t.Fatalf("%s: cannot empty the keyspace: %v", r.file.Path, err)
	}
	for i := range s.Blocks {
		b := &s.Blocks[i]
		got, err := r.block(b)
		line := b.Steps[0].Line
		switch want := r.expandAll(b.Want); {
		case err != nil:
			r.t.Fatalf("%s:%d: %v", r.file.Path, line, err)
		case !b.Checked || match(want, got):
		case rewrite && !hasPattern(b.Want): // what a person generalised, a person must mend
			changed[b.from] = got
		default:
			r.t.Errorf("%s:%d: %s\ngot:\n%s\nwant:\n%s", r.file.Path, line, b.Steps[len(b.Steps)-1].text(),
				indent(got), indent(want))
		}
	}
}

// block runs the block's steps and returns the lines they print.
func (r *run) block(b *Block) (lines []string, err error) {
	deadline := time.Now().Add(3 * time.Second)
	for _, s := range b.Steps {
		for {
			out, err := r.step(s, b.Checked)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", s.text(), err)
			}
			if s.Directive != "eventually" || match(r.expandAll(b.Want), out) || time.Now().After(deadline) {
				lines = append(lines, out...)
				break
			}
			r.world.Sleep(10 * time.Millisecond)
		}
	}
	return lines, nil
}

// step runs one step. Without somebody who looks at the replies, an error reply
// is a fault.
func (r *run) step(s Step, checked bool) (lines []string, err error) {
	reply, silent, err := r.perform(s)
	if err != nil {
		return nil, err
	}
	failed := reply.Kind == protocol.ErrorKind || reply.Kind == protocol.BlobErrKind
	if failed && (silent || !checked) {
		return nil, errors.New(string(reply.Str))
	}
	if silent || !checked {
		return nil, nil
	}
	text := strings.ReplaceAll(protocol.Format(reply), "\r", "")
	return strings.Split(strings.TrimRight(text, "\n"), "\n"), nil
}

// perform does what the step says; silent means that it prints nothing.
func (r *run) perform(s Step) (reply protocol.Reply, silent bool, err error) {
	args := r.expandAll(s.Args)
	switch s.Directive {
	case "sorted", "pairs":
		reply, err = r.do(s.Client, args)
		return sortReply(reply, s.Directive == "pairs"), false, err
	case "iterate":
		reply, err = r.iterate(s.Client, args)
		return reply, false, err
	case "repeat":
		reply, err = r.repeat(s, args)
		return reply, true, err
	case "let":
		reply, err = r.do(s.Client, args)
		r.names[s.Param] = plainText(reply)
		return reply, true, err
	case "sleep":
		return reply, true, r.sleep(s.Param)
	case "raw", "send", "read", "silent", "closed":
		return r.onWire(s, args)
	}
	reply, err = r.do(s.Client, args)
	return reply, false, err
}

func (r *run) do(client int, args []string) (protocol.Reply, error) {
	c, err := r.client(client)
	if err != nil {
		return protocol.Reply{}, err
	}
	return c.Do(args)
}

func (r *run) client(n int) (Client, error) {
	if c := r.clients[n]; c != nil {
		return c, nil
	}
	c, err := r.world.Connect()
	if err == nil {
		r.clients[n] = c
	}
	return c, err
}

func (r *run) close() {
	for _, c := range r.clients {
		c.Close()
	}
}

// iterate follows a cursor to its end. The cursor is the first argument after
// the command, and after the key of HSCAN, SSCAN and ZSCAN. Elements of HSCAN
// and ZSCAN come and stay in pairs.
func (r *run) iterate(client int, args []string) (protocol.Reply, error) {
	name := strings.ToUpper(args[0])
	at, size := 2, 1
	switch name {
	case "SCAN":
		at = 1
	case "HSCAN", "ZSCAN":
		size = 2
	}
	all := protocol.Reply{Kind: protocol.ArrayKind}
	seen := map[string]bool{}
	cursor := "0"
	for range 100_000 {
		reply, err := r.do(client, slices.Insert(slices.Clone(args), at, cursor))
		if err != nil || len(reply.Elems) != 2 {
			return reply, err
		}
		for group := range slices.Chunk(reply.Elems[1].Elems, size) {
			if text := protocol.Format(group[0]); !seen[text] {
				seen[text] = true
				all.Elems = append(all.Elems, group...)
			}
		}
		if cursor = string(reply.Elems[0].Str); cursor == "0" {
			return sortReply(all, size == 2), nil
		}
	}
	return all, errors.New("the cursor never comes back to 0")
}

func (r *run) repeat(s Step, args []string) (reply protocol.Reply, err error) {
	n, err := strconv.Atoi(s.Param)
	if err != nil {
		return reply, err
	}
	for i := range n {
		turn := make([]string, len(args))
		for j, a := range args {
			turn[j] = strings.ReplaceAll(a, "#", strconv.Itoa(i))
		}
		if reply, err = r.do(s.Client, turn); err != nil || reply.Kind == protocol.ErrorKind {
			return reply, err
		}
	}
	return reply, nil
}

func (r *run) sleep(text string) error {
	d, err := time.ParseDuration(text)
	if err == nil && d > 2*time.Second {
		err = fmt.Errorf("%v is longer than 2 s", d)
	}
	if err == nil {
		r.world.Sleep(d)
	}
	return err
}

// onWire does the steps that look at the connection itself.
func (r *run) onWire(s Step, args []string) (reply protocol.Reply, silent bool, err error) {
	any, err := r.client(s.Client)
	if err != nil {
		return reply, true, err
	}
	c, ok := any.(WireClient)
	if !ok {
		return reply, true, fmt.Errorf("world %s has no connections: say !skip", r.world.Name)
	}
	switch s.Directive {
	case "raw":
		if err = c.Send([]byte(strings.Join(args, " "))); err == nil {
			reply, err = c.Read(replyTimeout)
		}
		return reply, false, err
	case "send":
		return reply, true, c.Send(encode(args))
	case "read":
		reply, err = c.Read(replyTimeout)
		return reply, false, err
	case "silent":
		return reply, true, expectSilence(c)
	}
	delete(r.clients, s.Client)
	defer c.Close()
	return reply, true, expectEnd(c)
}

func expectSilence(c WireClient) error {
	reply, err := c.Read(50 * time.Millisecond)
	var timeout net.Error
	switch {
	case err == nil:
		return fmt.Errorf("there came %s", protocol.Format(reply))
	case errors.As(err, &timeout) && timeout.Timeout():
		return nil
	}
	return err
}

func expectEnd(c WireClient) error {
	reply, err := c.Read(replyTimeout)
	var timeout net.Error
	switch {
	case err == nil:
		return fmt.Errorf("the connection is open, there came %s", protocol.Format(reply))
	case errors.As(err, &timeout) && timeout.Timeout():
		return errors.New("the connection stays open")
	case !errors.Is(err, io.EOF) && !errors.As(err, &timeout):
		return err
	}
	return nil
}

func (r *run) expandAll(texts []string) []string {
	if len(r.names) == 0 {
		return texts
	}
	out := make([]string, len(texts))
	for i, s := range texts {
		for name, value := range r.names {
			s = strings.ReplaceAll(s, "${"+name+"}", value)
		}
		out[i] = s
	}
	return out
}

func plainText(r protocol.Reply) string {
	if r.Kind == protocol.IntKind {
		return strconv.FormatInt(r.Int, 10)
	}
	return string(r.Str)
}

func (s Step) text() string {
	words := s.Args
	if s.Directive != "" {
		words = append([]string{"!" + s.Directive, s.Param}, words...)
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "@%d", s.Client)
	for _, w := range words {
		if len(w) > 60 {
			w = w[:60] + "..."
		}
		if w != "" {
			b.WriteString(" " + w)
		}
	}
	return b.String()
}

func indent(lines []string) string { return "    " + strings.Join(lines, "\n    ") }

// rewrite puts new replies into the file.
func (f *File) rewrite(changed map[int][]string) error {
	var out []string
	ends := map[int]int{}
	for _, s := range f.Sections {
		for _, b := range s.Blocks {
			ends[b.from] = b.to
		}
	}
	for i := 0; i < len(f.lines); {
		if replies, ok := changed[i]; ok {
			out = append(out, replies...)
			delete(changed, i)
			if i < ends[i] {
				i = ends[i]
				continue
			}
		}
		out = append(out, f.lines[i])
		i++
	}
	out = append(out, changed[len(f.lines)]...)
	return os.WriteFile(f.Path, []byte(strings.Join(out, "\n")), 0o644)
}
