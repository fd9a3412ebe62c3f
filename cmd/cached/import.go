package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/cachedserver/cached/protocol"
	"github.com/cachedserver/cached/server/rdb"
)

const importUsage = `usage: cached import-rdb FILE [--to host:port] [--user name] [--replace]

Puts what an RDB file of Redis 2.8 to 7.4 holds into a running server, cached or
Redis, key by key by RESTORE. FILE may be - for standard input. A password is taken
from the environment: CACHED_PASSWORD, or REDISCLI_AUTH as for redis-cli.

  --to host:port   the server (default 127.0.0.1:6379)
  --user name      authenticates as this user
  --replace        overwrites keys that are there; otherwise they are left alone
`

// importRDB puts a file's keys into a running server.
func importRDB(args []string, std streams) (exit int) {
	o := importOptions{out: std.err}
	flags := flag.NewFlagSet("import-rdb", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&o.to, "to", "127.0.0.1:6379", "")
	flags.StringVar(&o.user, "user", "", "")
	flags.BoolVar(&o.replace, "replace", false, "")
	file, rest := "", args
	if len(args) > 0 && (args[0] == "-" || !strings.HasPrefix(args[0], "-")) {
		file, rest = args[0], args[1:]
	}
	err := flags.Parse(rest)
	if file == "" && flags.NArg() == 1 {
		file = flags.Arg(0)
	} else if err == nil && flags.NArg() > 0 {
		err = fmt.Errorf("too many files")
	}
	if err != nil || file == "" {
		fmt.Fprint(std.err, importUsage)
		if err != nil && !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(std.err, "\ncached:", err)
		}
		return 2
	}
	if err := o.run(file, std); err != nil {
		fmt.Fprintln(std.err, "cached: import-rdb:", err)
		return 1
	}
	return 0
}

// importOptions are one import.
type importOptions struct {
	to, user string
	replace  bool
	out      io.Writer
}

func (o *importOptions) run(file string, std streams) error {
	in, size := std.in, int64(0)
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return err
		}
		defer f.Close()
		if info, err := f.Stat(); err == nil {
			size = info.Size()
		}
		in = f
	}
	rd, err := rdb.NewReader(in, rdb.Limits{})
	if err != nil {
		return err
	}
	conn, err := net.DialTimeout("tcp", o.to, 5*time.Second)
	if err != nil {
		return err
	}
	defer conn.Close()
	m := &importer{o: o, rd: rd, conn: conn, dec: protocol.NewDecoder(conn), began: time.Now(),
		bar: progressBar{out: o.out, shown: isTerminal(o.out), total: size}}
	if err := m.authenticate(); err != nil {
		return err
	}
	err = m.all()
	m.bar.clear()
	m.report(std.out)
	return err
}

// importer sends a file's keys in batches, and reads the replies of each.
type importer struct {
	o    *importOptions
	rd   *rdb.Reader
	conn net.Conn
	dec  *protocol.Decoder
	bar  progressBar

	out     protocol.Writer
	sent    []string // what each pending command is about; "" for SELECT
	payload []byte
	db      int

	began                time.Time
	keys, there, expired int64
	libraries            int
}

const (
	batchCommands = 256
	batchBytes    = 1 << 20
)

func (m *importer) authenticate() error {
	password := os.Getenv("CACHED_PASSWORD")
	if password == "" {
		password = os.Getenv("REDISCLI_AUTH")
	}
	if password == "" {
		return nil
	}
	words := []string{"AUTH", password}
	if m.o.user != "" {
		words = []string{"AUTH", m.o.user, password}
	}
	m.command("AUTH", words...)
	return m.flush()
}

func (m *importer) command(about string, words ...string) {
	m.out.Array(len(words))
	for _, w := range words {
		m.out.BulkString(w)
	}
	m.sent = append(m.sent, about)
}

// all sends the file.
func (m *importer) all() error {
	now := time.Now().UnixMilli()
	for {
		e, err := m.rd.Next()
		m.bar.show(m.rd.Offset(), m.keys)
		switch {
		case err == io.EOF:
			return m.flush()
		case err != nil:
			return fmt.Errorf("at byte %d of the file: %w", m.rd.Offset(), err)
		case e.Function != nil:
			m.libraries++
			m.command("a library of functions", "FUNCTION", "LOAD", "REPLACE", string(e.Function))
		case e.ExpireAt != 0 && e.ExpireAt <= now:
			m.expired++
			err = m.rd.Skip()
		default:
			err = m.key(e)
		}
		if err == nil && (len(m.sent) >= batchCommands || m.out.Len() >= batchBytes) {
			err = m.flush()
		}
		if err != nil {
			return err
		}
	}
}

func (m *importer) key(e *rdb.Entry) (err error) {
	if e.DB != m.db {
		m.db = e.DB
		m.command("database "+strconv.Itoa(e.DB), "SELECT", strconv.Itoa(e.DB))
	}
	key := string(e.Key)
	if m.payload, err = m.rd.Raw(m.payload[:0]); err != nil {
		return fmt.Errorf("key %q: %w", key, err)
	}
	words := 5
	if m.o.replace {
		words = 6
	}
	m.out.Array(words)
	m.out.BulkString("RESTORE")
	m.out.BulkString(key)
	m.out.BulkInt(e.ExpireAt)
	m.out.Bulk(m.payload)
	m.out.BulkString("ABSTTL")
	if m.o.replace {
		m.out.BulkString("REPLACE")
	}
	m.sent = append(m.sent, "key "+strconv.Quote(key))
	m.keys++
	return nil
}

// flush sends what is gathered and reads the replies.
func (m *importer) flush() error {
	for _, b := range m.out.Buffers(nil) {
		if _, err := m.conn.Write(b); err != nil {
			return err
		}
	}
	m.out.Reset(nil)
	for _, about := range m.sent {
		r, err := m.dec.Read()
		if err != nil {
			return fmt.Errorf("%s: %w", m.o.to, err)
		}
		if err := m.reply(about, r); err != nil {
			return err
		}
	}
	m.sent = m.sent[:0]
	return nil
}

func (m *importer) reply(about string, r protocol.Reply) error {
	text := string(r.Str)
	switch {
	case r.Kind != protocol.ErrorKind:
		return nil
	case strings.HasPrefix(text, "BUSYKEY"):
		m.there++
		m.keys--
		return nil
	case strings.Contains(text, "payload version"):
		text += fmt.Sprintf(" (the file is of version %d of the format; the server may be older)", m.rd.Version())
	}
	return fmt.Errorf("%s: %s: %s", m.o.to, about, text)
}

func (m *importer) report(out io.Writer) {
	took := time.Since(m.began)
	fmt.Fprintf(out, "%d keys imported into %s in %s (%.0f a second)\n", m.keys, m.o.to, took.Round(time.Millisecond), float64(m.keys)/max(took.Seconds(), 1e-3))
	if m.there > 0 {
		fmt.Fprintf(out, "%d keys were there already and left alone (--replace overwrites them)\n", m.there)
	}
	if m.expired > 0 {
		fmt.Fprintf(out, "%d keys had expired\n", m.expired)
	}
	if m.libraries > 0 {
		fmt.Fprintf(out, "%d libraries of functions loaded\n", m.libraries)
	}
	if names := m.rd.Modules(); len(names) > 0 {
		fmt.Fprintf(out, "passed over what modules keep beside keys: %s\n", strings.Join(names, ", "))
	}
}

// progressBar is a line on a terminal.
type progressBar struct {
	out   io.Writer
	shown bool
	total int64
	last  time.Time
}

const barWidth = 40

func (b *progressBar) show(done, keys int64) {
	if !b.shown || time.Since(b.last) < 100*time.Millisecond {
		return
	}
	b.last = time.Now()
	if b.total == 0 {
		fmt.Fprintf(b.out, "\r%d MiB, %d keys", done>>20, keys)
		return
	}
	n := int(barWidth * done / b.total)
	fmt.Fprintf(b.out, "\r[%-*s] %3d%% %d keys", barWidth, strings.Repeat("=", n), 100*done/b.total, keys)
}

// clear wipes the line.
func (b *progressBar) clear() {
	if b.shown {
		fmt.Fprint(b.out, "\r\033[K")
	}
}
