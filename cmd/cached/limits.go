package main

import (
	"log/slog"
	"syscall"

	"github.com/cachedserver/cached/server/config"
)

// ownFiles is how many descriptors the node needs besides its clients'.
const ownFiles = 64

// checkFiles warns when the system lets the process have fewer descriptors than
// maxclients asks for. Go has raised the soft limit to the hard one already.
func checkFiles(cfg *config.Config, logger *slog.Logger) {
	var l syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l); err != nil {
		return
	}
	if want := uint64(cfg.Int("maxclients")) + ownFiles; l.Max < want {
		logger.Warn("the system allows fewer open files than maxclients needs; connections beyond will be refused",
			"allowed", l.Max, "needed", want, "remedy", "raise the limit (ulimit -n, LimitNOFILE), or lower --maxclients")
	}
}
