package main

import (
	"encoding/csv"
	"fmt"
	"os/exec"
	"strconv"
	"strings"

	"github.com/cachedserver/cached/tests/peer"
)

// familyLoad is a command that redis-benchmark repeats; __rand_int__ is drawn
// anew each time.
type familyLoad struct {
	what    string
	command string
	fill    string // runs before each measurement, unmeasured, as often as the command
}

var familyLoads = []familyLoad{
	{what: "LPUSH", command: "LPUSH list value:__rand_int__"},
	{what: "LPOP", command: "LPOP list", fill: "LPUSH list value:__rand_int__"},
	{what: "SADD", command: "SADD set member:__rand_int__"},
	{what: "SPOP", command: "SPOP set", fill: "SADD set member:__rand_int__"},
	{what: "HSET", command: "HSET hash field:__rand_int__ value"},
	{what: "HGET", command: "HGET hash field:__rand_int__", fill: "HSET hash field:__rand_int__ value"},
	{what: "ZADD", command: "ZADD zset __rand_int__ member:__rand_int__"},
	{what: "ZRANGE of 10", command: "ZRANGE zset 100 109", fill: "ZADD zset __rand_int__ member:__rand_int__"},
	{what: "XADD", command: "XADD stream * field value"},
	{what: "MSET of 10", command: "MSET" + strings.Repeat(" key:__rand_int__ value", 10)},
}

// families compares the commands of collections, one connection's command at a
// time and sixteen. A measurement begins with an empty keyspace.
func (b *bench) families() error {
	ours, theirs, err := b.sides(ourPolicy, redisPolicy, "--maxmemory", "2gb")
	if err != nil {
		return err
	}
	defer ours.Kill()
	defer theirs.Kill()
	scale := 1
	if b.quick {
		scale = 2
	}
	for _, f := range familyLoads {
		for _, l := range []load{{conns: 50, depth: 1, requests: 80_000 / scale}, {conns: 50, depth: 16, requests: 400_000 / scale}} {
			if err := b.compareFamily(f, l, ours, theirs); err != nil {
				return fmt.Errorf("%s: %w", f.what, err)
			}
		}
	}
	return nil
}

func (b *bench) compareFamily(f familyLoad, l load, ours, theirs *peer.Process) error {
	var a, z [2][]float64 // rps, usec of ours and theirs
	for i := range b.pairs {
		sides := []*peer.Process{ours, theirs}
		if i%2 == 1 {
			sides[0], sides[1] = theirs, ours
		}
		for _, p := range sides {
			o, err := b.driveFamily(f, l, p)
			if err != nil {
				return err
			}
			to := &a
			if p == theirs {
				to = &z
			}
			to[0], to[1] = append(to[0], o.rps), append(to[1], o.usec)
		}
	}
	what := fmt.Sprintf("%s, %d conns", f.what, l.conns)
	if l.depth > 1 {
		what += fmt.Sprintf(", pipeline %d", l.depth)
	}
	rps, cpu := median(ratios(a[0], z[0])), median(ratios(a[1], z[1]))
	rows := []row{{What: what, Unit: "ops/s", Ratio: rps}, {What: what, Unit: "server CPU us/op", Ratio: cpu}}
	rows[0].Target, rows[0].Met = floor(rps, 1.0, 0)
	rows[1].Target, rows[1].Met = limit(cpu, 1.1, 0)
	for i := range rows {
		rows[i].Chapter = "families"
		rows[i].RawOurs, rows[i].RawPeer = a[i], z[i]
		rows[i].Ours, rows[i].Peer = median(a[i]), median(z[i])
		b.report.add(rows[i])
	}
	return nil
}

// driveFamily empties the server, fills it, and measures one run.
func (b *bench) driveFamily(f familyLoad, l load, p *peer.Process) (o outcome, err error) {
	c, err := peer.Dial(p.Addr)
	if err != nil {
		return o, err
	}
	defer c.Close()
	if _, err := c.Do("FLUSHALL"); err != nil {
		return o, err
	}
	if f.fill != "" {
		if _, err := b.repeat(p, f.fill, load{conns: 50, depth: 64, requests: l.requests}); err != nil {
			return o, err
		}
	}
	used, err := measure(p, func() (err error) {
		o.rps, err = b.repeat(p, f.command, l)
		return err
	})
	o.usec = float64(used.cpu.Microseconds()) / float64(l.requests)
	return o, err
}

// repeat has redis-benchmark send a command, and returns how many a second.
func (b *bench) repeat(p *peer.Process, command string, l load) (rps float64, err error) {
	_, port, _ := strings.Cut(p.Addr, ":")
	args := []string{"-p", port, "-c", strconv.Itoa(l.conns), "-P", strconv.Itoa(l.depth), "-n", strconv.Itoa(l.requests), "-r", "1000000", "--csv"}
	out, err := exec.Command(b.redisBenchmark, append(args, strings.Fields(command)...)...).Output()
	if err != nil {
		return 0, fmt.Errorf("redis-benchmark against %s: %w", p.Name, err)
	}
	rows, err := csv.NewReader(strings.NewReader(string(out))).ReadAll()
	if err != nil || len(rows) < 2 || len(rows[1]) < 2 {
		return 0, fmt.Errorf("redis-benchmark said %q: %w", out, err)
	}
	return strconv.ParseFloat(rows[1][1], 64)
}
