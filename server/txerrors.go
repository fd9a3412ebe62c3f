package server

import (
	"errors"
	"strings"

	"github.com/cachedserver/cached/protocol"
	"github.com/cachedserver/cached/server/command"
)

// Texts of transactions, subscriptions and client-side caching, in Redis's words.
const (
	errNestedMulti  = protocol.Error("ERR MULTI calls can not be nested")
	errExecAlone    = protocol.Error("ERR EXEC without MULTI")
	errDiscardAlone = protocol.Error("ERR DISCARD without MULTI")
	errWatchInMulti = protocol.Error("ERR WATCH inside MULTI is not allowed")
	errNoMulti      = protocol.Error("ERR Command not allowed inside a transaction")

	errCachingYes   = protocol.Error("ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.")
	errCachingNo    = protocol.Error("ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.")
	errTwoRedirects = protocol.Error("ERR A client can only redirect to a single other client")
	errNoRedirect   = protocol.Error("ERR The client ID you want redirect to does not exist")
	errPrefixAlone  = protocol.Error("ERR PREFIX option requires BCAST mode to be enabled")
	errSwitchBcast  = protocol.Error("ERR You can't switch BCAST mode on/off before disabling tracking for this client, and then re-enabling it with a different mode.")
	errOptBcast     = protocol.Error("ERR OPTIN and OPTOUT are not compatible with BCAST")
	errOptBoth      = protocol.Error("ERR You can't specify both OPTIN mode and OPTOUT mode")
	errSwitchOpt    = protocol.Error("ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and then re-enabling it with a different mode.")
)

// errQueue is why a connection is closed that queues more than it may send.
var errQueue = errors.New("server: the commands queued by MULTI are over client-query-buffer-limit")

func errExecRefused(why error) error {
	return protocol.Errorf("EXECABORT Transaction discarded because of: %s", strings.TrimPrefix(why.Error(), "ERR "))
}

func errListening(cmd *command.Command) error {
	return protocol.Errorf("ERR Can't execute '%s': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context", cmd.FullName())
}

func errPrefixOld(p, q string) error {
	return protocol.Errorf("ERR Prefix '%s' overlaps with an existing prefix '%s'. Prefixes for a single client must not overlap.", p, q)
}

func errPrefixNew(p, q string) error {
	return protocol.Errorf("ERR Prefix '%s' overlaps with another provided prefix '%s'. Prefixes for a single client must not overlap.", p, q)
}
