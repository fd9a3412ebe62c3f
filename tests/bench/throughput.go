package main

import (
	"encoding/csv"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/cachedserver/cached/tests/peer"
)

// load is one way of driving a server.
type load struct {
	op           string // "get", "set"
	bytes        int
	conns, depth int
	requests     int
}

func (l load) String() string {
	s := fmt.Sprintf("%s %d B, %d conns", strings.ToUpper(l.op), l.bytes, l.conns)
	if l.depth > 1 {
		s += fmt.Sprintf(", pipeline %d", l.depth)
	}
	return s
}

// benchKeys is the size of redis-benchmark's keyspace.
const benchKeys = 100_000

func (b *bench) loads() (all []load) {
	scale := 1
	if b.quick {
		scale = 3
	}
	for _, bytes := range []int{64, 1024} {
		for _, way := range []struct{ conns, depth, requests int }{
			{50, 1, 120_000}, {500, 1, 120_000}, {50, 16, 1_000_000}, {50, 64, 1_600_000},
		} {
			for _, op := range []string{"set", "get"} {
				all = append(all, load{op, bytes, way.conns, way.depth, way.requests / scale})
			}
		}
	}
	return all
}

// outcome is what one run of a load showed.
type outcome struct{ rps, usec, p99 float64 }

func (b *bench) throughput() error {
	ours, theirs, err := b.sides(ourPolicy, redisPolicy, "--maxmemory", "2gb")
	if err != nil {
		return err
	}
	defer ours.Kill()
	defer theirs.Kill()
	for _, l := range b.loads() {
		if err := b.compare(l, ours, theirs); err != nil {
			return err
		}
	}
	return nil
}

// compare runs the pairs of one load and adds its rows.
func (b *bench) compare(l load, ours, theirs *peer.Process) error {
	for _, p := range []*peer.Process{ours, theirs} {
		fill := peer.Loader{Key: func(i int) string { return fmt.Sprintf("key:%012d", i) }, Value: peer.Fixed(l.bytes)}
		if err := fill.Load(p.Addr, 0, benchKeys); err != nil {
			return err
		}
	}
	var a, z [3][]float64 // rps, usec, p99 of ours and theirs
	for i := range b.pairs {
		sides := []*peer.Process{ours, theirs}
		if i%2 == 1 {
			sides[0], sides[1] = theirs, ours
		}
		for _, p := range sides {
			o, err := b.drive(l, p)
			if err != nil {
				return err
			}
			to := &a
			if p == theirs {
				to = &z
			}
			for k, v := range []float64{o.rps, o.usec, o.p99} {
				to[k] = append(to[k], v)
			}
		}
	}
	b.throughputRows(l, a, z)
	return nil
}

// drive runs redis-benchmark once.
func (b *bench) drive(l load, p *peer.Process) (o outcome, err error) {
	_, port, _ := strings.Cut(p.Addr, ":")
	var out []byte
	c, err := measure(p, func() (err error) {
		cmd := exec.Command(b.redisBenchmark, "-p", port, "-t", l.op, "-d", strconv.Itoa(l.bytes), "-c", strconv.Itoa(l.conns),
			"-P", strconv.Itoa(l.depth), "-n", strconv.Itoa(l.requests), "-r", strconv.Itoa(benchKeys), "--csv")
		cmd.WaitDelay = time.Minute
		out, err = cmd.Output()
		return err
	})
	if err != nil {
		return o, fmt.Errorf("redis-benchmark against %s: %w", p.Name, err)
	}
	rows, err := csv.NewReader(strings.NewReader(string(out))).ReadAll()
	if err != nil || len(rows) < 2 || len(rows[1]) < 7 {
		return o, fmt.Errorf("redis-benchmark said %q: %w", out, err)
	}
	o.rps, _ = strconv.ParseFloat(rows[1][1], 64)
	o.p99, _ = strconv.ParseFloat(rows[1][6], 64)
	o.usec = float64(c.cpu.Microseconds()) / float64(l.requests)
	return o, nil
}

// throughputRows states the figures and the targets.
func (b *bench) throughputRows(l load, a, z [3][]float64) {
	rps, cpu, p99 := median(ratios(a[0], z[0])), median(ratios(a[1], z[1])), median(ratios(a[2], z[2]))
	rows := []row{
		{What: l.String(), Unit: "ops/s", Ratio: rps},
		{What: l.String(), Unit: "server CPU us/op", Ratio: cpu},
		{What: l.String(), Unit: "p99 ms", Ratio: p99},
	}
	if l.depth > 1 {
		rows[0].Target, rows[0].Met = floor(rps, 1.3, 0)
		rows[1].Target, rows[1].Met = limit(cpu, 0.75, 0)
	} else {
		rows[0].Target, rows[0].Met = floor(rps, 1.0, 0.9)
		rows[1].Target, rows[1].Met = limit(cpu, 1.1, 1.25)
		rows[2].Target, rows[2].Met = limit(p99, 1.2, 0)
	}
	for i := range rows {
		rows[i].Chapter = "throughput"
		rows[i].RawOurs, rows[i].RawPeer = a[i], z[i]
		rows[i].Ours, rows[i].Peer = median(a[i]), median(z[i])
		b.report.add(rows[i])
	}
}
