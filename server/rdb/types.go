package rdb

import (
	"errors"
	"fmt"

	"github.com/cachedserver/cached/server/value"
)

// The errors of reading.
var (
	ErrFormat   = errors.New("rdb: malformed")
	ErrTooLong  = errors.New("rdb: a string is longer than the limit")
	ErrChecksum = errors.New("rdb: wrong checksum")
	ErrModule   = errors.New("rdb: a value of a module, which only that module can read")
	ErrEmpty    = fmt.Errorf("rdb: a collection without elements, which no key holds: %w", ErrFormat)
)

// Versions of the format.
const (
	Version = 10 // what is written: Redis 7.0

	// VersionFields is that of values with expiring hash fields: Redis 7.4.
	VersionFields = 12
	newest        = 12 // what is read
)

// Type is the form of a value in a file.
type Type byte

// The types. Those that are written come first.
const (
	typeString     Type = 0
	typeList       Type = 1
	typeSet        Type = 2
	typeHash       Type = 4
	typeZSet       Type = 5  // scores as 8 bytes
	typeStream3    Type = 21 // Redis 7.2: active times of consumers
	typeStream2    Type = 19 // Redis 7.0: first entry, counts
	typeHashFields Type = 24 // Redis 7.4: fields with expiry

	typeZSetText     Type = 3
	typeModule1      Type = 6
	typeModule2      Type = 7
	typeZipmap       Type = 9
	typeListZiplist  Type = 10
	typeIntSet       Type = 11
	typeZSetZiplist  Type = 12
	typeHashZiplist  Type = 13
	typeQuicklist    Type = 14
	typeStream1      Type = 15
	typeHashPack     Type = 16
	typeZSetPack     Type = 17
	typeQuicklist2   Type = 18
	typeSetPack      Type = 20
	typeHashFieldsLP Type = 25
)

// Operations between keys.
const (
	opSlotInfo   = 244
	opFunction   = 245
	opFunctionRC = 246 // of a release candidate of Redis 7.0
	opModuleAux  = 247
	opIdle       = 248
	opFreq       = 249
	opAux        = 250
	opResize     = 251
	opExpireMs   = 252
	opExpireSec  = 253
	opSelect     = 254
	opEOF        = 255
)

// First bytes of lengths and strings: the two high bits tell the form.
//
//	00        length in the other 6 bits
//	01        length in 14 bits, big-endian
//	10        0x80: length in the next 4 bytes, 0x81: in 8, big-endian
//	11        0, 1, 2: integer of 1, 2, 4 bytes, little-endian;
//	          3: compressed: two lengths (packed, unpacked), LZF data
const (
	form14    = 0x40
	form32    = 0x80
	form64    = 0x81
	formInt8  = 0xc0
	formInt16 = 0xc1
	formInt32 = 0xc2
	formLZF   = 0xc3
)

// Sink takes the content of one value in its order. Slices are good during the
// call only. An error ends the reading and is returned to whoever began it.
type Sink interface {
	// Begin is called first with the kind and the number of elements that the
	// file tells, which may be wrong; of a string only String is called.
	Begin(kind Kind, n int) error
	String(v []byte) error
	// Element is called for each element of a list, from the head, and of a set.
	Element(v []byte) error
	// Field is called for each field of a hash; expireAt in ms, 0 never.
	Field(name, v []byte, expireAt int64) error
	// Member is called for each member of a sorted set.
	Member(m []byte, score float64) error
	// Stream hands over what a stream is made of, part by part.
	Stream(part any) error
}

// Kind is the type of a value as clients see it.
type Kind uint8

// The kinds.
const (
	String Kind = iota
	List
	Set
	ZSet
	Hash
	Stream
)

// StreamID names an entry of a stream.
type StreamID = value.StreamID

// StreamEntry is one entry of a stream, passed to Sink.Stream: name, value, ...
type StreamEntry struct {
	ID     StreamID
	Fields [][]byte
}

// StreamMeta follows the entries.
type StreamMeta struct {
	Length           uint64
	Last, First, Max StreamID // Max: the largest that was deleted
	Added            uint64
}

// StreamGroup begins a consumer group; its pending entries and consumers follow.
type StreamGroup struct {
	Name []byte
	Last StreamID
	Read int64 // entries read; -1 unknown
}

// StreamPending is an entry that a group has delivered and got no acknowledgement
// for.
type StreamPending struct {
	ID        StreamID
	Delivered int64 // ms
	Count     uint64
}

// StreamConsumer begins a consumer of the last group.
type StreamConsumer struct {
	Name         []byte
	Seen, Active int64 // ms; Active -1: never
}

// StreamOwned says that a pending entry belongs to the last consumer.
type StreamOwned struct{ ID StreamID }
