package network

import "errors"

// Reasons that Handler.Closed may get, besides io.EOF when the peer closed and
// the system's own errors.
var (
	ErrKilled      = errors.New("network: connection killed")
	ErrIdle        = errors.New("network: connection idle for too long")
	ErrInputLimit  = errors.New("network: query buffer limit exceeded")
	ErrInputTotal  = errors.New("network: incomplete commands of all clients take too much memory")
	ErrOutputLimit = errors.New("network: output buffer limit exceeded")
	ErrClosed      = errors.New("network: server closed")
	ErrPanic       = errors.New("network: handler panicked")
	ErrDone        = errors.New("network: closed after the last reply")
)
