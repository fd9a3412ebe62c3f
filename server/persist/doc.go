// Package persist keeps a keyspace on disk: it writes snapshots to RDB files and
// reads them at start.
//
// Write marks a snapshot of the store, writes it key by key to a temporary file in
// the same folder, syncs that and gives it its name, so that a file of that name is
// whole at any time, whatever happens. Commands go on meanwhile.
//
// Read goes through a file and makes its keys. The node answers nobody meanwhile
// but those who ask how far it is.
//
// It leaves to others: when to save (server), the format (rdb), and what the state
// at one instant is (store).
package persist
