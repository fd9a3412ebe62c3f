package main

import (
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/cachedserver/cached/server"
	"github.com/cachedserver/cached/server/config"
	"github.com/cachedserver/cached/server/httpdoor"
)

// httpOffset is the distance of the default http port from the base port; the
// sum of the default ones, 9121, is where exporters of Redis are scraped.
const httpOffset = 2742

// newLogger logs to logfile, or to standard output: as text on a terminal, as
// JSON elsewhere. CONFIG SET loglevel is followed.
func newLogger(cfg *config.Config, std streams) (*slog.Logger, io.Closer, error) {
	out, closer, terminal := std.out, io.Closer(io.NopCloser(nil)), isTerminal(std.out)
	if path := cfg.String("logfile"); path != "" {
		f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
		if err != nil {
			return nil, nil, fmt.Errorf("logfile: %w", err)
		}
		out, closer, terminal = f, f, false
	}
	level := new(slog.LevelVar)
	level.Set(levelOf(cfg.String("loglevel")))
	cfg.OnChange("loglevel", func(_, now *config.Value) error {
		level.Set(levelOf(now.String()))
		return nil
	})
	options := &slog.HandlerOptions{Level: level}
	format := cfg.String("log-format")
	if format == "text" || format == "auto" && terminal {
		return slog.New(slog.NewTextHandler(out, options)), closer, nil
	}
	return slog.New(slog.NewJSONHandler(out, options)), closer, nil
}

func isTerminal(out io.Writer) bool {
	f, ok := out.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// levelOf are Redis's levels in slog's.
func levelOf(name string) slog.Level {
	switch name {
	case "debug", "verbose":
		return slog.LevelDebug
	case "warning":
		return slog.LevelWarn
	case "nothing":
		return slog.LevelError + 1
	}
	return slog.LevelInfo
}

// openHTTP opens the http port. A default one that is taken is done without; one
// that was asked for must open.
func openHTTP(cfg *config.Config, srv *server.Server, logger *slog.Logger) (*httpdoor.Door, error) {
	port, derived := cfg.Int("http-port"), false
	if port < 0 {
		port, derived = httpPort(cfg.Int("port")), true
	}
	if port == 0 {
		return &httpdoor.Door{}, nil
	}
	return httpdoor.Open(httpdoor.Options{
		Addr:     net.JoinHostPort(host(cfg.Words("bind")), strconv.FormatInt(port, 10)),
		Optional: derived,
		Source:   srv,
		Stats:    srv.Stats(),
		Log:      logger,
	})
}

// httpPort derives the port from the base port; none where there is no room.
func httpPort(base int64) int64 {
	if base == 0 || base+httpOffset > 65535 {
		return 0
	}
	return base + httpOffset
}

// host is the first bind address, as the http port listens on one.
func host(bind []string) string {
	if len(bind) == 0 {
		return "127.0.0.1"
	}
	switch h := strings.TrimPrefix(bind[0], "-"); h {
	case "*", "0.0.0.0":
		return "0.0.0.0"
	case "::*", "::":
		return "::"
	default:
		return h
	}
}

// announce says in one line that the node serves, where, and how far it may grow.
func announce(cfg *config.Config, srv *server.Server, http string, logger *slog.Logger, took time.Duration) {
	args := []any{
		"version", server.Version,
		"pid", os.Getpid(),
		"listen", strings.Join(srv.Addrs(), " "),
	}
	if http != "" {
		args = append(args, "http", http)
	}
	bound := "none"
	if n := cfg.Int("maxmemory"); n > 0 {
		bound = strconv.FormatInt(n>>20, 10) + "mb"
	}
	args = append(args, "maxmemory", bound, "policy", cfg.String("maxmemory-policy"),
		"config", orNone(cfg.File()), "started_in", took.Round(100*time.Microsecond).String())
	logger.Info("cached is ready", args...)
	if changed := cfg.Changed(); len(changed) > 0 {
		var settings []any
		for _, p := range changed {
			settings = append(settings, p.Name, p.Value)
		}
		logger.Info("settings that are not at their defaults", settings...)
	}
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}
