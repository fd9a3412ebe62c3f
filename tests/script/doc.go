// Package script runs behaviour tests that read without Go: commands, a line of
// dashes, and the replies as redis-cli shows them.
//
//	== SET with NX stores only what is absent
//	SET k v NX
//	SET k w NX
//	----
//	OK
//	(nil)
//
// The same file runs in every [World]: the engine alone, the server over the
// wire, and a real redis-server, which proves the file itself right.
//
// A section begins with "== " and a sentence about behaviour. It starts with an
// empty keyspace and no clients. In it stand blocks, set apart by empty lines:
// commands, "----", the replies in order. Commands without "----" prepare
// something; they fail the section only if they answer an error.
//
// A command is split into words as Redis splits inline commands ("\x00" and all).
// "@2 GET k" speaks as client 2; without a number it is client 1.
//
// Reply lines are compared exactly, but "~REGEXP" stands for one line that it
// matches in full, and "..." for any number of lines. "${name}" stands for what
// !let has named, in commands and in replies.
//
// Before a command may stand:
//
//	!sorted CMD        elements of the reply in byte order, for unordered replies
//	!pairs CMD         the same for an array of names and values in turn
//	!iterate SCAN ...  calls with cursors 0, n, ... until 0 comes back; replies all
//	                   elements seen, sorted, each once (of HSCAN and ZSCAN pairs)
//	!repeat N CMD      calls N times; # in the command is the turn from 0; prints nothing
//	!eventually CMD    calls until the reply is the expected one, for at most 3 s;
//	                   the only command of its block
//	!let NAME CMD      keeps the reply's text as ${NAME}; prints nothing
//	!send CMD          sends without reading a reply; prints nothing
//
// and alone on a line:
//
//	!raw "BYTES"       sends bytes as they are and reads one reply
//	!read              reads one reply or push message that nobody asked for
//	!silent            checks that nothing has come for 50 ms; prints nothing
//	!closed            waits until the server has closed the connection; prints nothing
//	!sleep 20ms        lets time pass, 2 s at most
//
// Conditions stand at the top of a file or section and always tell why:
//
//	!skip WORLD: reason          not in this world
//	!only redis>=7.2: reason     only where the Redis version spoken is so
//	!needs LPUSH ...             only where these commands are known
//
// Lines that begin with # are comments.
package script
