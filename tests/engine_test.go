package tests

import (
	"testing"

	"github.com/cachedserver/cached/server/engine/enginetest"
	"github.com/cachedserver/cached/server/store"
	"github.com/cachedserver/cached/tests/script"
)

// TestCommandsOnEngine runs the scripts against the engine alone: whatever is
// wrong here is wrong without network, session or clock.
func TestCommandsOnEngine(t *testing.T) {
	lab, err := enginetest.New(store.Options{MaxMemory: 1 << 30, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer lab.Close()
	runScriptsIn(t, script.EngineWorld(lab, redisVersion))
}

// redisVersion is whose commands the engine speaks; the server says it in INFO.
const redisVersion = "7.2"
