package tests

import (
	"os"
	"testing"

	"github.com/cachedserver/cached/tests/peer"
)

func TestMain(m *testing.M) {
	code := m.Run()
	peer.Clean()
	os.Exit(code)
}

// soak reports whether the long forms of tests were asked for (make soak).
func soak() bool { return os.Getenv("CACHED_SOAK") != "" }
