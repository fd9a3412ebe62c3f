package protocol

import (
	"bytes"
	"fmt"
	"strings"
)

// Error is an error as a client reads it: a code in capitals, a space, the
// text. Errors of a closed list are constants, so that == and errors.Is work
// and none is ever allocated.
type Error string

// Error returns code and text.
func (e Error) Error() string { return string(e) }

// Code returns the first word ("ERR", "WRONGTYPE", ...), by which error
// replies are counted.
func (e Error) Code() string {
	code, _, _ := strings.Cut(string(e), " ")
	return code
}

// Errors that any layer may answer with, in Redis's words.
const (
	ErrSyntax      = Error("ERR syntax error")
	ErrWrongType   = Error("WRONGTYPE Operation against a key holding the wrong kind of value")
	ErrNotInteger  = Error("ERR value is not an integer or out of range")
	ErrNotFloat    = Error("ERR value is not a valid float")
	ErrNotPositive = Error("ERR value is out of range, must be positive")
	ErrOutOfRange  = Error("ERR value is out of range")
	ErrIndexRange  = Error("ERR index out of range")
	ErrNoSuchKey   = Error("ERR no such key")
	ErrSameObject  = Error("ERR source and destination objects are the same")
	ErrDBIndex     = Error("ERR DB index is out of range")
	ErrTooLong     = Error("ERR string exceeds maximum allowed size (proto-max-bulk-len)")

	ErrOOM           = Error("OOM command not allowed when used memory > 'maxmemory'.")
	ErrNoAuth        = Error("NOAUTH Authentication required.")
	ErrNoAuthHello   = Error("NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time")
	ErrNoPassword    = Error("ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?")
	ErrNoPerm        = Error("NOPERM this user has no permissions to run this command")
	ErrUnblocked     = Error("UNBLOCKED client unblocked via CLIENT UNBLOCK")
	ErrProtected     = Error("DENIED this server is in protected mode: it has no password and is reached from another machine. Ways out: set one with --requirepass; connect from this machine; bind to loopback only; or, if the network itself is trusted, start with --protected-mode no.")
	ErrWrongPass     = Error("WRONGPASS invalid username-password pair or user is disabled.")
	ErrNoProto       = Error("NOPROTO unsupported protocol version")
	ErrProtoNotInt   = Error("ERR Protocol version is not an integer or out of range")
	ErrLoading       = Error("LOADING Redis is loading the dataset in memory")
	ErrBusy          = Error("BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.")
	ErrReadOnly      = Error("READONLY You can't write against a read only replica.")
	ErrExecAbort     = Error("EXECABORT Transaction discarded because of previous errors.")
	ErrMaxClients    = Error("ERR max number of clients reached")
	ErrInternalPanic = Error("ERR internal error: the command was stopped before it changed anything")
)

// Errorf makes an error reply from a format that begins with its code.
func Errorf(format string, args ...any) Error {
	return Error(fmt.Sprintf(format, args...))
}

// WrongArity is the answer to a command with too few or too many arguments;
// name is the command's, or "container|sub" for a subcommand.
func WrongArity(name string) Error {
	return Errorf("ERR wrong number of arguments for '%s' command", strings.ToLower(name))
}

// UnknownCommand is the answer to a command that the table lacks. It repeats
// at most 128 bytes of the name and about as many of the arguments, as Redis
// does, so that a client cannot make us echo megabytes.
func UnknownCommand(args [][]byte) Error {
	var b strings.Builder
	for _, a := range args[1:] {
		if b.Len() >= 128 {
			break
		}
		fmt.Fprintf(&b, "'%s' ", cut(a, 128-b.Len()))
	}
	return Errorf("ERR unknown command '%s', with args beginning with: %s", cut(args[0], 128), b.String())
}

// UnknownSubcommand is the answer to a container command (CLIENT, CONFIG, ...)
// with a subcommand it lacks.
func UnknownSubcommand(container string, sub []byte) Error {
	return Errorf("ERR unknown subcommand '%s'. Try %s HELP.", cut(sub, 128), strings.ToUpper(container))
}

// cut returns at most n bytes of b, and none from a zero byte on.
func cut(b []byte, n int) []byte {
	b, _, _ = bytes.Cut(b, []byte{0})
	return b[:min(len(b), n)]
}

// ProtocolError says that a client's bytes are no RESP. Reply its text and
// close the connection: nothing after the faulty byte can be understood.
type ProtocolError struct{ text string }

// Error returns the text without a code; [Writer.Error] puts "ERR " before it.
func (e *ProtocolError) Error() string { return "Protocol error: " + e.text }

var (
	errMultibulkLength = &ProtocolError{"invalid multibulk length"}
	errMultibulkUnauth = &ProtocolError{"unauthenticated multibulk length"}
	errMultibulkString = &ProtocolError{"too big mbulk count string"}
	errBulkLength      = &ProtocolError{"invalid bulk length"}
	errBulkUnauth      = &ProtocolError{"unauthenticated bulk length"}
	errBulkString      = &ProtocolError{"too big bulk count string"}
	errInlineSize      = &ProtocolError{"too big inline request"}
	errInlineQuotes    = &ProtocolError{"unbalanced quotes in request"}
)

func errExpectedBulk(got byte) *ProtocolError {
	return &ProtocolError{"expected '$', got '" + string([]byte{got}) + "'"}
}
