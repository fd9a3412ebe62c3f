package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"

	"github.com/cachedserver/cached/tests/peer"
)

// replayMemcached is replayRedis in memcached's text protocol.
func replayMemcached(s peer.Spec, reqs []request) (hit, rss float64, err error) {
	p, err := peer.Start(s)
	if err != nil {
		return 0, 0, err
	}
	defer p.Kill()
	conn, err := net.Dial("tcp", p.Addr)
	if err != nil {
		return 0, 0, err
	}
	defer conn.Close()
	r, w := bufio.NewReader(conn), bufio.NewWriterSize(conn, 1<<20)
	hits := 0
	for _, q := range reqs {
		fmt.Fprintf(w, "get %s\r\n", q.key)
		if err := w.Flush(); err != nil {
			return 0, 0, err
		}
		found, err := readValue(r)
		if err != nil {
			return 0, 0, err
		}
		if found {
			hits++
		} else {
			fmt.Fprintf(w, "set %s 0 0 %d noreply\r\n%s\r\n", q.key, q.size, filler[:q.size])
		}
	}
	n, err := p.RSS()
	return 100 * float64(hits) / float64(len(reqs)), float64(n) / (1 << 20), err
}

// readValue reads the reply of one get.
func readValue(r *bufio.Reader) (found bool, err error) {
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return found, err
		}
		line = strings.TrimRight(line, "\r\n")
		switch {
		case line == "END":
			return found, nil
		case strings.HasPrefix(line, "VALUE "):
			f := strings.Fields(line)
			n, err := strconv.Atoi(f[len(f)-1])
			if err != nil {
				return found, err
			}
			if _, err := io.CopyN(io.Discard, r, int64(n)+2); err != nil {
				return found, err
			}
			found = true
		case strings.HasPrefix(line, "SERVER_ERROR"): // a set that found no room
		default:
			return found, fmt.Errorf("memcached replied %q", line)
		}
	}
}
