package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/cachedserver/cached/server"
	"github.com/cachedserver/cached/server/config"
)

// serve runs a node until a signal or a client ends it.
func serve(args []string, std streams) (exit int) {
	if err := node(args, std); err != nil {
		fmt.Fprintln(std.err, "cached:", err)
		return 1
	}
	return 0
}

// node makes the parts in order, waits, and closes them in reverse.
func node(args []string, std streams) (err error) {
	began := time.Now()
	var parts closers
	defer func() { err = errors.Join(err, parts.close()) }()

	// What to do: flags over environment over file over defaults.
	cfg := config.New()
	if err := cfg.Load(args, os.Environ(), std.in); err != nil {
		return err
	}

	// Where to tell about it.
	logger, logFile, err := newLogger(cfg, std)
	if err != nil {
		return err
	}
	parts.add(func(context.Context) error { return logFile.Close() })
	slog.SetDefault(logger)
	for _, w := range cfg.Warnings() {
		logger.Warn(w)
	}

	// Who ends it. From here on signals do not kill: the first is listened to.
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	defer signal.Stop(signals)

	// The node, and its doors.
	srv, err := server.New(cfg, logger)
	if err != nil {
		return err
	}
	parts.add(srv.Close)
	if err := srv.Listen(); err != nil {
		return err
	}

	// What it held before, if it keeps that. The doors say LOADING meanwhile.
	if err := recovered(srv, signals); err != nil {
		return err
	}

	// Its figures and profiles, which it can do without.
	httpDoor, err := openHTTP(cfg, srv, logger)
	if err != nil {
		return err
	}
	parts.add(httpDoor.Close)

	// Its process id, for those who look for it in a file.
	writePID(cfg.String("pidfile"), &parts, logger)

	checkFiles(cfg, logger)
	announce(cfg, srv, httpDoor.Addr(), logger, time.Since(began))
	if err := trimProgram(); err != nil {
		logger.Debug("the pages that only the start needed stay in memory", "err", err)
	}
	parts.patience = wait(cfg, srv, signals, logger)
	return nil
}

// recovered has the node read its snapshot, unless a signal comes first.
func recovered(srv *server.Server, signals chan os.Signal) error {
	done := make(chan error, 1)
	go func() { done <- srv.Recover() }()
	select {
	case err := <-done:
		return err
	case sig := <-signals:
		return fmt.Errorf("ended by signal %s while reading the snapshot, which is as it was", sig)
	}
}

// wait returns when the node is to end, and how long clients may take to get
// their last replies. Another signal then ends the process at once.
func wait(cfg *config.Config, srv *server.Server, signals chan os.Signal, logger *slog.Logger) time.Duration {
	patience := time.Duration(cfg.Int("drain-timeout")) * time.Second
	select {
	case sig := <-signals:
		logger.Info("shutting down: clients get the replies to what they have sent; again ends at once", "signal", sig.String())
	case <-srv.Done():
		if srv.Hurried() {
			patience = 0
		}
	}
	go func() {
		sig := <-signals
		logger.Warn("ended at once", "signal", sig.String())
		os.Exit(1)
	}()
	return patience
}

// closers are the parts of a node in the order in which they were made.
type closers struct {
	list     []func(context.Context) error
	patience time.Duration
}

func (c *closers) add(close func(context.Context) error) { c.list = append(c.list, close) }

// close closes the parts in reverse order, which may take patience in all.
func (c *closers) close() (err error) {
	ctx, cancel := context.WithTimeout(context.Background(), c.patience)
	defer cancel()
	for i := len(c.list) - 1; i >= 0; i-- {
		if e := c.list[i](ctx); e != nil && !errors.Is(e, context.DeadlineExceeded) {
			err = errors.Join(err, e)
		}
	}
	return err
}

// writePID tells the process id in a file. Without it the node is as good, so
// that it cannot be written is only said, as by Redis.
func writePID(path string, parts *closers, logger *slog.Logger) {
	if path == "" {
		return
	}
	if err := os.WriteFile(path, fmt.Appendln(nil, os.Getpid()), 0o644); err != nil {
		logger.Warn("the pidfile cannot be written; going on without", "err", err)
		return
	}
	parts.add(func(context.Context) error { return os.Remove(path) })
}
