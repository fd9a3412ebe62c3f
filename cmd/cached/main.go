// Command cached is the cache server, and the tools that belong to it.
//
//	cached [serve] [FILE | -] [--directive value ...]
//	cached check-config [FILE | -] [--directive value ...]
//	cached import-rdb FILE [--to host:port] [--user name] [--replace]
//	cached simulate [--flag value ...] TRACE...
//	cached version
//	cached help [all]
//
// Without arguments it serves clients of this machine on port 6379.
package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/cachedserver/cached/server"
	"github.com/cachedserver/cached/server/config"
)

// subcommand is one tool of this binary.
type subcommand struct {
	name, usage, does string
	run               func(args []string, std streams) (exit int)
}

// streams are a process's standard input and outputs.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

func subcommands() []subcommand {
	return []subcommand{
		{"serve", "[FILE | -] [--directive value ...]", "serves clients; what cached does when told nothing else", serve},
		{"check-config", "[FILE | -] [--directive value ...]", "tells whether serve would start with it", checkConfig},
		{"import-rdb", "FILE [--to host:port] [--replace]", "puts the keys of an RDB file into a running server", importRDB},
		{"simulate", "[--flag value ...] TRACE...", "plays traces through every eviction policy (--help for more)", simulate},
		{"version", "", "tells the version", printVersion},
		{"help", "[all]", "tells the settings; all tells those too that few people need", help},
	}
}

func main() {
	os.Exit(run(os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr}))
}

// run finds the subcommand that args name; serve is the one that need not be
// named.
func run(args []string, std streams) (exit int) {
	if len(args) > 0 {
		for _, c := range subcommands() {
			if args[0] == c.name || asFlag(args[0]) == c.name {
				return c.run(args[1:], std)
			}
		}
	}
	return serve(args, std)
}

// asFlag lets people ask in the ways that they are used to.
func asFlag(arg string) string {
	switch arg {
	case "--help", "-h":
		return "help"
	case "--version", "-v":
		return "version"
	}
	return ""
}

func printVersion(_ []string, std streams) int {
	fmt.Fprintln(std.out, "cached", server.Version)
	return 0
}

func checkConfig(args []string, std streams) int {
	report := config.Check(args, os.Environ(), std.in, server.CheckUsers)
	fmt.Fprint(std.out, report)
	return report.ExitCode()
}

func help(args []string, std streams) int {
	fmt.Fprintln(std.out, "cached is a distributed in-memory cache that speaks the Redis protocol.")
	fmt.Fprintln(std.out)
	for _, c := range subcommands() {
		fmt.Fprintf(std.out, "  %-62s %s\n", strings.TrimSpace("cached "+c.name+" "+c.usage), c.does)
	}
	fmt.Fprint(std.out, config.Usage(width(std.out), len(args) > 0 && strings.TrimPrefix(args[0], "--") == "all"))
	return 0
}

// width is the number of columns of a terminal, or what reads well elsewhere.
func width(out io.Writer) int {
	const readable = 100
	if f, ok := out.(*os.File); ok {
		if w, _, err := term.GetSize(int(f.Fd())); err == nil && w > 0 {
			return min(w, readable)
		}
	}
	return readable
}
