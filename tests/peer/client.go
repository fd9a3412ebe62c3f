package peer

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"
)

// Client is a connection that speaks RESP2, in order, with pipelines of any
// depth: Queue commands, Flush, then read as many replies.
type Client struct {
	conn net.Conn
	r    *bufio.Reader
	out  []byte
}

// Dial connects; no reply may take longer than a minute.
func Dial(addr string) (*Client, error) {
	c, err := net.DialTimeout("tcp", addr, 5*time.Second)
	if err != nil {
		return nil, err
	}
	return &Client{conn: c, r: bufio.NewReaderSize(c, 64<<10)}, nil
}

// Close closes the connection.
func (c *Client) Close() error { return c.conn.Close() }

// Conn is the socket, for tests that misbehave.
func (c *Client) Conn() net.Conn { return c.conn }

// Queue appends a command to what Flush sends.
func (c *Client) Queue(args ...string) {
	c.out = append(c.out, '*')
	c.out = strconv.AppendInt(c.out, int64(len(args)), 10)
	c.out = append(c.out, "\r\n"...)
	for _, a := range args {
		c.out = append(c.out, '$')
		c.out = strconv.AppendInt(c.out, int64(len(a)), 10)
		c.out = append(append(append(c.out, "\r\n"...), a...), "\r\n"...)
	}
}

// Raw appends bytes as they are.
func (c *Client) Raw(b []byte) { c.out = append(c.out, b...) }

// Flush sends what is queued.
func (c *Client) Flush() error {
	c.conn.SetDeadline(time.Now().Add(time.Minute)) //nolint:errcheck // a closed connection shows at the write
	_, err := c.conn.Write(c.out)
	c.out = c.out[:0]
	return err
}

// ErrReply is an error that the server replied.
type ErrReply string

// Error is the reply.
func (e ErrReply) Error() string { return string(e) }

// Read reads one reply: string, int64, nil or []any. An error reply is an ErrReply.
func (c *Client) Read() (any, error) {
	line, err := c.line()
	if err != nil {
		return nil, err
	}
	if len(line) == 0 {
		return nil, errors.New("peer: empty reply line")
	}
	switch rest := string(line[1:]); line[0] {
	case '+':
		return rest, nil
	case '-':
		return nil, ErrReply(rest)
	case ':':
		return strconv.ParseInt(rest, 10, 64)
	case '$':
		return c.bulk(rest)
	case '*':
		return c.array(rest)
	}
	return nil, fmt.Errorf("peer: unknown reply %q", line)
}

func (c *Client) bulk(length string) (any, error) {
	n, err := strconv.Atoi(length)
	if err != nil || n < 0 {
		return nil, err
	}
	b := make([]byte, n+2)
	if _, err := io.ReadFull(c.r, b); err != nil {
		return nil, err
	}
	return string(b[:n]), nil
}

func (c *Client) array(length string) (any, error) {
	n, err := strconv.Atoi(length)
	if err != nil || n < 0 {
		return nil, err
	}
	all := make([]any, n)
	for i := range all {
		v, err := c.Read()
		if reply, bad := errors.AsType[ErrReply](err); bad {
			v = reply
		} else if err != nil {
			return nil, err
		}
		all[i] = v
	}
	return all, nil
}

func (c *Client) line() ([]byte, error) {
	line, err := c.r.ReadSlice('\n')
	return bytes.TrimRight(line, "\r\n"), err
}

// Skip reads a reply that is no array and throws it away; hit tells whether it
// was anything but a null. An error reply is an error.
func (c *Client) Skip() (hit bool, err error) {
	line, err := c.line()
	if err != nil {
		return false, err
	}
	switch {
	case len(line) == 0:
		return false, errors.New("peer: empty reply line")
	case line[0] == '-':
		return false, ErrReply(line[1:])
	case line[0] != '$':
		return true, nil
	}
	n, err := strconv.Atoi(string(line[1:]))
	if err != nil || n < 0 {
		return false, err
	}
	_, err = c.r.Discard(n + 2)
	return true, err
}

// Do sends one command and reads its reply.
func (c *Client) Do(args ...string) (any, error) {
	c.Queue(args...)
	if err := c.Flush(); err != nil {
		return nil, err
	}
	return c.Read()
}

// Int is Do for a command that replies an integer.
func (c *Client) Int(args ...string) (int64, error) {
	v, err := c.Do(args...)
	if err != nil {
		return 0, err
	}
	n, ok := v.(int64)
	if !ok {
		return 0, fmt.Errorf("peer: %v replied %v, no integer", args, v)
	}
	return n, nil
}

// Info returns INFO's fields by name.
func (c *Client) Info(sections ...string) (map[string]string, error) {
	v, err := c.Do(append([]string{"INFO"}, sections...)...)
	if err != nil {
		return nil, err
	}
	text, _ := v.(string)
	fields := make(map[string]string)
	for line := range strings.Lines(text) {
		if name, value, ok := strings.Cut(strings.TrimRight(line, "\r\n"), ":"); ok && !strings.HasPrefix(name, "#") {
			fields[name] = value
		}
	}
	return fields, nil
}
