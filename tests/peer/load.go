package peer

import (
	"fmt"
	"time"
)

// Loader writes many keys through one pipelined connection.
type Loader struct {
	Key   func(i int) string
	Value func(i int) string
	TTL   func(i int) time.Duration // nil or 0: none
	Depth int                       // commands in flight; 0: 256
	Pace  int                       // commands a second; 0: as fast as it goes
}

// Keys20 is a key of 20 bytes.
func Keys20(i int) string { return fmt.Sprintf("key:%016d", i) }

// Fixed is a value of n bytes, the same for each key.
func Fixed(n int) func(int) string {
	v := make([]byte, n)
	for i := range v {
		v[i] = byte('a' + i%26)
	}
	s := string(v)
	return func(int) string { return s }
}

// Load sets the keys from (inclusive) to (exclusive).
func (l Loader) Load(addr string, from, to int) error {
	c, err := Dial(addr)
	if err != nil {
		return err
	}
	defer c.Close()
	depth := l.Depth
	if depth == 0 {
		depth = 256
	}
	start := time.Now()
	for i := from; i < to; i += depth {
		end := min(i+depth, to)
		for k := i; k < end; k++ {
			l.queue(c, k)
		}
		if err := c.Flush(); err != nil {
			return err
		}
		for range end - i {
			if _, err := c.Skip(); err != nil {
				return err
			}
		}
		if l.Pace > 0 {
			time.Sleep(time.Until(start.Add(time.Duration(end-from) * time.Second / time.Duration(l.Pace))))
		}
	}
	return nil
}

func (l Loader) queue(c *Client, i int) {
	if l.TTL != nil {
		if ttl := l.TTL(i); ttl > 0 {
			c.Queue("SET", l.Key(i), l.Value(i), "PX", fmt.Sprint(ttl.Milliseconds()))
			return
		}
	}
	c.Queue("SET", l.Key(i), l.Value(i))
}
