package server

import (
	"crypto/tls"
	"fmt"
	"strconv"
	"sync"
	"testing"
)

// TestWaitsAndMessagesOverTLS does over connections that have goroutines of their
// own what the others do on event loops.
func TestWaitsAndMessagesOverTLS(t *testing.T) {
	dir := t.TempDir()
	pool, cert := authority(t, dir)
	srv := startWide(t, "--tls-port", "1", "--tls-cert-file", dir+"/cert.pem", "--tls-key-file", dir+"/key.pem", "--tls-ca-cert-file", dir+"/cert.pem")
	open := func() *client {
		conn, err := tls.Dial("tcp", srv.AddrTLS(), &tls.Config{RootCAs: pool, ServerName: "localhost", Certificates: []tls.Certificate{cert}})
		if err != nil {
			t.Fatal(err)
		}
		return newClient(t, conn)
	}
	sub := open()
	sub.do("SUBSCRIBE news")
	const n = 200
	var wg sync.WaitGroup
	pops := 0
	var mu sync.Mutex
	for range 4 {
		c := open()
		wg.Go(func() {
			for range n / 4 {
				c.send("BLPOP l 10")
				if r := c.reply(); len(r.Elems) == 2 {
					mu.Lock()
					pops++
					mu.Unlock()
				}
			}
		})
	}
	pusher := open()
	wg.Go(func() {
		for i := range n {
			pusher.send("MULTI", fmt.Sprint("RPUSH l ", i), fmt.Sprint("PUBLISH news ", i), "EXEC")
			for range 4 {
				pusher.reply()
			}
		}
	})
	for i := range n {
		if got := string(sub.reply().Elems[2].Str); got != strconv.Itoa(i) {
			t.Fatalf("message %d is %s", i, got)
		}
	}
	wg.Wait()
	if pops != n {
		t.Errorf("%d of %d elements were popped", pops, n)
	}
}
