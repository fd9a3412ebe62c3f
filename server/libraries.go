package server

import (
	"encoding/binary"

	"github.com/cachedserver/cached/protocol"
	"github.com/cachedserver/cached/server/script"
)

// Functions are no keys, but they are kept with them: in snapshots, and in the log
// of writes, where each change of the libraries is kept as all that there are then.

// libraries are the codes of all libraries.
func (srv *Server) libraries() (codes [][]byte) {
	for _, lib := range srv.scripts.Libraries() {
		codes = append(codes, []byte(lib.Code))
	}
	return codes
}

// defineLibrary takes a library that a snapshot holds.
func (srv *Server) defineLibrary(code []byte) error {
	_, err := srv.scripts.Define(string(code), script.Replace)
	return err
}

// keepLibraries puts the libraries into the log, if there is one.
func (srv *Server) keepLibraries() {
	l := srv.journal.log.Load()
	if l == nil {
		return
	}
	e := protocol.Entry{Version: protocol.EntryVersion, Commands: [][][]byte{{[]byte("FUNCTION"), []byte("FLUSH")}}}
	for _, code := range srv.libraries() {
		e.Commands = append(e.Commands, [][]byte{[]byte("FUNCTION"), []byte("LOAD"), code})
	}
	b := protocol.AppendEntry(nil, &e)
	l.Append(append(binary.AppendUvarint(nil, uint64(len(b))), b...))
}

// replayLibrary is what an entry of keepLibraries does.
func (srv *Server) replayLibrary(args [][]byte) error {
	if len(args) == 3 {
		return srv.defineLibrary(args[2])
	}
	srv.scripts.UndefineAll()
	return nil
}
