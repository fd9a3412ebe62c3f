package server

import "github.com/cachedserver/cached/protocol"

// Texts about scripts and functions, in Redis's words.
const (
	errNoScript        = protocol.Error("NOSCRIPT No matching script. Please use EVAL.")
	errNotBusy         = protocol.Error("NOTBUSY No scripts in execution right now.")
	errUnkillable      = protocol.Error("UNKILLABLE Sorry the script already executed write commands against the dataset. You can either wait the script termination or kill the server in a hard way using the SHUTDOWN NOSAVE command.")
	errBusyFunction    = protocol.Error("BUSY Redis is busy running a script. You can only call FUNCTION KILL or SHUTDOWN NOSAVE.")
	errKeysMany        = protocol.Error("ERR Number of keys can't be greater than number of args")
	errKeysNegative    = protocol.Error("ERR Number of keys can't be negative")
	errWriteInRO       = protocol.Error("ERR Can not execute a script with write flag using *_ro command.")
	errScriptOOM       = protocol.Error("OOM allow-oom flag is not set on the script, can not run it when used memory > 'maxmemory'")
	errScriptCommand   = protocol.Error("OOM command not allowed when used memory > 'maxmemory'.")
	errScriptForbid    = protocol.Error("ERR This Redis command is not allowed from script")
	errScriptDebug     = protocol.Error("ERR SCRIPT DEBUG is not supported: a debugger that stops a script would stop the node; try the script with redis.log and redis.breakpoint() removed")
	errScriptDebugMode = protocol.Error("ERR Use SCRIPT DEBUG YES/SYNC/NO")
	errFlushMode       = protocol.Error("ERR SCRIPT FLUSH only support SYNC|ASYNC option")
	errFuncFlushMode   = protocol.Error("ERR FUNCTION FLUSH only supports SYNC|ASYNC option")
	errUndeclared      = protocol.Error("ERR Script attempted to access a key that it did not declare")
	errBadKeys         = protocol.Error("ERR Bad number of keys provided")
	errNoLibrary       = protocol.Error("ERR Library not found")
	errNoLibraryName   = protocol.Error("ERR library name argument was not given")
	errRestorePolicy   = protocol.Error("ERR Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE.")
	errNotFunction     = protocol.Error("ERR given type is not a function")
	errNoFunction      = protocol.Error("ERR Function not found")
)

func errFunctionOption(word []byte) error {
	return protocol.Errorf("ERR Unknown option given: %s", word)
}

func errFunctionArgument(word []byte) error {
	return protocol.Errorf("ERR Unknown argument %s", word)
}
