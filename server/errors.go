package server

import (
	"strings"

	"github.com/cachedserver/cached/protocol"
	"github.com/cachedserver/cached/server/acl"
	"github.com/cachedserver/cached/server/command"
)

// Texts of connection and administration commands, in Redis's words where it
// has them. Those that any layer may give stand in protocol, those of data
// commands in command.
const (
	errAuthUnset     = protocol.Error("ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?")
	errHelloNoAuth   = protocol.Error("NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time")
	errNameSpaces    = protocol.Error("ERR Client names cannot contain spaces, newlines or special characters.")
	errNoSuchClient  = protocol.Error("ERR No such client")
	errClientID      = protocol.Error("ERR Invalid client ID")
	errKillID        = protocol.Error("ERR client-id should be greater than 0")
	errPauseMode     = protocol.Error("ERR CLIENT PAUSE mode must be WRITE or ALL")
	errTimeout       = protocol.Error("ERR timeout is not an integer or out of range")
	errTimeoutSign   = protocol.Error("ERR timeout is negative")
	errUnblockReason = protocol.Error("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR")
	errCaching       = protocol.Error("ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled")
	errDebugOff      = protocol.Error("ERR DEBUG command not allowed. If the enable-debug-command option is set to \"local\", you can run it from a local connection, otherwise you need to set this option in the configuration file, and then restart the server.")
	errNoShutdown    = protocol.Error("ERR No shutdown in progress.")
	errNoLog         = protocol.Error("ERR no log of writes is kept: set appendonly yes and start anew")
	errLogFails      = protocol.Error("MISCONF Errors writing to the AOF file: the log of the node says why")
	errRewriting     = protocol.Error("ERR Another child process is active (AOF?): can't BGSAVE right now. Use BGSAVE SCHEDULE in order to schedule a BGSAVE whenever possible.")
	errSaving        = protocol.Error("ERR Background save already in progress")
	errSaveFailed    = protocol.Error("ERR the snapshot was not written; the log says why")
	errLoadFailed    = protocol.Error("ERR Error trying to load the RDB dump, check server logs")
	errUnsaved       = protocol.Error("MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk. Commands that may modify the data set are disabled, because this instance is configured to report errors during writes if RDB snapshotting fails (stop-writes-on-bgsave-error option). Please check the Redis logs for details about the RDB error.")
	errNoReplica     = protocol.Error("ERR this version of cached is a single node: it neither follows nor is followed by another server")
	errSlowlogCount  = protocol.Error("ERR count should be greater than or equal to -1")
	errPushProto     = protocol.Error("ERR RESP2 is not supported by this command")
	errSampleType    = protocol.Error("ERR Wrong protocol type name. Please use one of the following: string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false")
	errNoAOF         = protocol.Error("ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.")
)

// Texts of users and rights.
const (
	errGenPass   = protocol.Error("ERR ACL GENPASS argument must be the number of bits for the output password, a positive number up to 4096")
	errNoACLFile = protocol.Error("ERR This Redis instance is not configured to use an ACL file. You may want to specify users via the ACL SETUSER command and then issue a CONFIG REWRITE (assuming you have a Redis configuration file set) in order to store users in the Redis configuration.")
	errACLSave   = protocol.Error("ERR There was an error trying to save the ACLs. Please check the server logs for more information")
	errProtected = protocol.Error("DENIED cached is running in protected mode, because protected-mode is yes and the default user needs no password. In this mode connections are only accepted from this machine. Set a password for the default user (requirepass, or ACL SETUSER default), or on a closed network CONFIG SET protected-mode no.")
)

// errACL gives a refused change of users its code; the text is Redis's already.
func errACL(err error) error { return protocol.Errorf("ERR %s", err) }

// codeNoPermission is the code of all that rights refuse.
const codeNoPermission = "NOPERM"

func errNoPermission(why string) protocol.Error { return protocol.Errorf(codeNoPermission+" %s", why) }

// errNoLonger answers a command of EXEC that its user was allowed when it was
// queued.
func errNoLonger(d acl.Denial) error {
	why := map[acl.Reason]string{
		acl.ByCommand: "no permission to execute the command or subcommand",
		acl.ByKey:     "no permission to touch the specified keys",
		acl.ByChannel: "no permission to access one of the channels used as argument to the command",
	}[d.Reason]
	return protocol.Errorf("NOPERM ACLs rules changed between the moment the transaction was accumulated and the EXEC call. This command is no longer allowed for the following reason: %s", why)
}

// errScriptDenied answers a call that a script made.
func errScriptDenied(why string) error {
	return protocol.Errorf("ERR ACL failure in script: %s", why)
}

func errNoCategory(name []byte) error {
	return protocol.Errorf("ERR Unknown category '%s'", cut(name, 128))
}

func errUserNotFound(name []byte) error {
	return protocol.Errorf("ERR User '%s' not found", name)
}

func errCommandNotFound(name []byte) error {
	return protocol.Errorf("ERR Command '%s' not found", name)
}

func errHelloOption(opt []byte) error {
	return protocol.Errorf("ERR Syntax error in HELLO option '%s'", opt)
}

// errSubcommand answers a subcommand that has optional arguments, but not so
// many.
func errSubcommand(c *command.Call) error {
	return protocol.Errorf("ERR unknown subcommand or wrong number of arguments for '%s'. Try %s HELP.",
		cut(c.Args[1], 128), strings.ToUpper(c.Cmd.Parent().FullName()))
}

// errBetween answers a number that is none, or not within its bounds.
func errBetween(low, high int64) error {
	return protocol.Errorf("ERR value is out of range, value must between %d and %d", low, high)
}

func cut(b []byte, n int) []byte { return b[:min(len(b), n)] }

func errClientType(name []byte) error {
	return protocol.Errorf("ERR Unknown client type '%s'", name)
}

func errNoUser(name []byte) error {
	return protocol.Errorf("ERR No such user '%s'", name)
}

func errInfoOption(opt []byte) error {
	return protocol.Errorf("ERR Unrecognized option '%s'", opt)
}

func errInfoPlain(attr []byte) error {
	return protocol.Errorf("ERR %s cannot contain spaces, newlines or special characters.", attr)
}

func errRewrite(err error) error {
	return protocol.Errorf("ERR Rewriting config file: %s", err)
}

func errNoSamples(event []byte) error {
	return protocol.Errorf("ERR No samples available for event '%s'", event)
}

// errConfigSet gives a refused setting its code; the text is Redis's already.
func errConfigSet(err error) error { return protocol.Errorf("ERR %s", err) }
