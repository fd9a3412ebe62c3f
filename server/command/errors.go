package command

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"github.com/cachedserver/cached/protocol"
	"github.com/cachedserver/cached/server/value"
)

// Errors that handlers share with the rest of the server.
const (
	ErrSyntax      = protocol.ErrSyntax
	ErrWrongType   = protocol.ErrWrongType
	ErrNotInteger  = protocol.ErrNotInteger
	ErrNotFloat    = protocol.ErrNotFloat
	ErrNotPositive = protocol.ErrNotPositive
	ErrNoSuchKey   = protocol.ErrNoSuchKey
	ErrSameObject  = protocol.ErrSameObject
	ErrDBIndex     = protocol.ErrDBIndex
	ErrTooLong     = protocol.ErrTooLong
)

// Errors of single commands, in Redis's words.
const (
	ErrOverflow       = protocol.Error("ERR increment or decrement would overflow")
	ErrDecrOverflow   = protocol.Error("ERR decrement would overflow")
	ErrNaNOrInf       = protocol.Error("ERR increment would produce NaN or Infinity")
	ErrOffset         = protocol.Error("ERR offset is out of range")
	ErrLCSOptions     = protocol.Error("ERR If you want both the length and indexes, please just use IDX.")
	ErrLCSTypes       = protocol.Error("ERR The specified keys must contain string values")
	ErrLCSMemory      = protocol.Error("ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len")
	ErrExpireNX       = protocol.Error("ERR NX and XX, GT or LT options at the same time are not compatible")
	ErrExpireGTLT     = protocol.Error("ERR GT and LT options at the same time are not compatible")
	ErrCursor         = protocol.Error("ERR invalid cursor")
	ErrFirstDBIndex   = protocol.Error("ERR invalid first DB index")
	ErrSecondDBIndex  = protocol.Error("ERR invalid second DB index")
	ErrNoLFU          = protocol.Error("ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.")
	ErrBusyKey        = protocol.Error("BUSYKEY Target key name already exists.")
	ErrPayload        = protocol.Error("ERR DUMP payload version or checksum are wrong")
	ErrBadFormat      = protocol.Error("ERR Bad data format")
	ErrTTL            = protocol.Error("ERR Invalid TTL value, must be >= 0")
	ErrIdleTime       = protocol.Error("ERR Invalid IDLETIME value, must be >= 0")
	ErrFreq           = protocol.Error("ERR Invalid FREQ value, must be >= 0 and <= 255")
	ErrKeyArguments   = protocol.Error("ERR Invalid arguments specified for command")
	ErrNoKeyArguments = protocol.Error("ERR The command has no key arguments")
	ErrGetKeysArity   = protocol.Error("ERR Invalid number of arguments specified for command")
	ErrGetKeysUnknown = protocol.Error("ERR Invalid command specified")
	errInt32Range     = protocol.Error("ERR value is out of range, value must between -2147483648 and 2147483647")
)

// errExpire says that a time to live is zero, negative or beyond all calendars.
func (c *Call) errExpire() protocol.Error {
	return protocol.Errorf("ERR invalid expire time in '%s' command", c.Cmd.FullName())
}

// errArity is for commands whose arity does not tell all (odd pairs).
func (c *Call) errArity() protocol.Error { return protocol.WrongArity(c.Cmd.FullName()) }

// errUnsupportedOption repeats at most 128 bytes of a word; like Redis it stops at a
// zero byte.
func errUnsupportedOption(word []byte) protocol.Error {
	word, _, _ = bytes.Cut(word[:min(len(word), 128)], []byte{0})
	return protocol.Errorf("ERR Unsupported option %s", word)
}

// fault is an error of the table itself: a row that its author must mend.
func fault(c *Command, format string, args ...any) error {
	return fmt.Errorf("command: %s: %w", c.full, fmt.Errorf(format, args...))
}

// Errors of commands on lists, and of those that share their options.
const (
	ErrIndex          = protocol.Error("ERR index out of range")
	ErrNumKeys        = protocol.Error("ERR numkeys should be greater than 0")
	ErrCount          = protocol.Error("ERR count should be greater than 0")
	ErrCountNegative  = protocol.Error("ERR COUNT can't be negative")
	ErrMaxLenNegative = protocol.Error("ERR MAXLEN can't be negative")
	ErrRankZero       = protocol.Error("ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to start from the end of the list")
	ErrRankRange      = protocol.Error("ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807")
)

// Errors of commands on hashes and sets.
const (
	ErrOutOfRange       = protocol.ErrOutOfRange
	ErrSortBy           = protocol.Error("ERR BY option of SORT denied due to insufficient ACL permissions.")
	ErrSortGet          = protocol.Error("ERR GET option of SORT denied due to insufficient ACL permissions.")
	ErrSortScores       = protocol.Error("ERR One or more scores can't be converted into double")
	ErrHashNotInteger   = protocol.Error("ERR hash value is not an integer")
	ErrHashNotFloat     = protocol.Error("ERR hash value is not a float")
	ErrNaNOrInfArgument = protocol.Error("ERR value is NaN or Infinity")
)

// Errors of commands on the expiry of fields.
const (
	ErrExpireNegative    = protocol.Error("ERR invalid expire time, must be >= 0")
	ErrFieldsMissing     = protocol.Error("ERR Mandatory argument FIELDS is missing or not at the right position")
	ErrNumFields         = protocol.Error("ERR Parameter `numFields` should be greater than 0")
	ErrFieldCount        = protocol.Error("ERR The `numfields` parameter must match the number of arguments")
	ErrOneFieldCondition = protocol.Error("ERR Only one of FXX or FNX arguments can be specified")
	ErrOneLifeOrKeep     = protocol.Error("ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified")
	ErrOneLifeOrPersist  = protocol.Error("ERR Only one of EX, PX, EXAT, PXAT or PERSIST arguments can be specified")
)

// Errors of commands on sorted sets.
const (
	ErrZaddNXXX       = protocol.Error("ERR XX and NX options at the same time are not compatible")
	ErrZaddGTLTNX     = protocol.Error("ERR GT, LT, and/or NX options at the same time are not compatible")
	ErrZaddIncr       = protocol.Error("ERR INCR option supports a single increment-element pair")
	ErrScoreNaN       = protocol.Error("ERR resulting score is not a number (NaN)")
	ErrScoreRange     = protocol.Error("ERR min or max is not a float")
	ErrLexRange       = protocol.Error("ERR min or max not valid string range item")
	ErrRangeLimit     = protocol.Error("ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX")
	ErrRangeScoresLex = protocol.Error("ERR syntax error, WITHSCORES not supported in combination with BYLEX")
	ErrWeight         = protocol.Error("ERR weight value is not a float")
	ErrNumKeysMore    = protocol.Error("ERR Number of keys can't be greater than number of args")
	ErrLimitNegative  = protocol.Error("ERR LIMIT can't be negative")
)

func errNoInputKeys(c *Command) protocol.Error {
	return protocol.Errorf("ERR at least 1 input key is needed for '%s' command", c.FullName())
}

// Errors of commands on bits.
const (
	ErrBit          = protocol.Error("ERR bit is not an integer or out of range")
	ErrBitOffset    = protocol.Error("ERR bit offset is not an integer or out of range")
	ErrBitArgument  = protocol.Error("ERR The bit argument must be 1 or 0.")
	ErrBitOpNot     = protocol.Error("ERR BITOP NOT must be called with a single source key.")
	ErrBitfieldType = protocol.Error("ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.")
	ErrBitfieldRO   = protocol.Error("ERR BITFIELD_RO only supports the GET subcommand")
	ErrOverflowType = protocol.Error("ERR Invalid OVERFLOW type specified")
)

// Errors of commands on HyperLogLogs.
const (
	ErrNotHLL     = protocol.Error("WRONGTYPE Key is not a valid HyperLogLog string value.")
	ErrCorruptHLL = protocol.Error("INVALIDOBJ Corrupted HLL object detected")
	ErrNoHLL      = protocol.Error("ERR The specified key does not exist")
	ErrNotSparse  = protocol.Error("ERR HLL encoding is not sparse")
)

func errPFDebug(word []byte) protocol.Error {
	return protocol.Errorf("ERR Unknown PFDEBUG subcommand '%s'", word)
}

// Errors of commands on positions.
const (
	ErrUnit           = protocol.Error("ERR unsupported unit provided. please use M, KM, FT, MI")
	ErrRadius         = protocol.Error("ERR need numeric radius")
	ErrRadiusNegative = protocol.Error("ERR radius cannot be negative")
	ErrWidth          = protocol.Error("ERR need numeric width")
	ErrHeight         = protocol.Error("ERR need numeric height")
	ErrBoxNegative    = protocol.Error("ERR height or width cannot be negative")
	ErrNoPosition     = protocol.Error("ERR could not decode requested zset member")
	ErrCountPositive  = protocol.Error("ERR COUNT must be > 0")
	ErrAnyCount       = protocol.Error("ERR the ANY argument requires COUNT argument")
)

func errPosition(p value.GeoPoint) protocol.Error {
	return protocol.Errorf("ERR invalid longitude,latitude pair %s,%s", sixPlaces(p.Lon), sixPlaces(p.Lat))
}

// sixPlaces writes a number as C's %f does.
func sixPlaces(f float64) string {
	return strings.ToLower(strings.TrimPrefix(strconv.FormatFloat(f, 'f', 6, 64), "+"))
}

func errGeoStore(search bool) protocol.Error {
	name := "STORE option in GEORADIUS"
	if search {
		name = "GEOSEARCHSTORE"
	}
	return protocol.Errorf("ERR %s is not compatible with WITHDIST, WITHHASH and WITHCOORD options", name)
}

func errGeoFrom(name []byte) protocol.Error {
	return protocol.Errorf("ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for %s", name)
}

func errGeoBy(name []byte) protocol.Error {
	return protocol.Errorf("ERR exactly one of BYRADIUS and BYBOX can be specified for %s", name)
}

// Errors of commands that wait.
const (
	ErrTimeout         = protocol.Error("ERR timeout is not a float or out of range")
	ErrTimeoutInt      = protocol.Error("ERR timeout is not an integer or out of range")
	ErrTimeoutRange    = protocol.Error("ERR timeout is out of range")
	ErrTimeoutNegative = protocol.Error("ERR timeout is negative")
)

// Errors of commands on streams.
const (
	ErrStreamID       = protocol.Error("ERR Invalid stream ID specified as stream command argument")
	ErrStreamIDZero   = protocol.Error("ERR The ID specified in XADD must be greater than 0-0")
	ErrStreamIDSmall  = protocol.Error("ERR The ID specified in XADD is equal or smaller than the target stream top item")
	ErrStreamFull     = protocol.Error("ERR The stream has exhausted the last possible ID, unable to add more items")
	ErrStartID        = protocol.Error("ERR invalid start ID for the interval")
	ErrEndID          = protocol.Error("ERR invalid end ID for the interval")
	ErrTrimBoth       = protocol.Error("ERR syntax error, MAXLEN and MINID options at the same time are not compatible")
	ErrTrimNone       = protocol.Error("ERR syntax error, XTRIM must be called with a trimming strategy")
	ErrMaxLenArgument = protocol.Error("ERR The MAXLEN argument must be >= 0.")
	ErrLimitArgument  = protocol.Error("ERR The LIMIT argument must be >= 0.")
	ErrLimitAlone     = protocol.Error("ERR syntax error, LIMIT cannot be used without specifying a trimming strategy")
	ErrLimitExact     = protocol.Error("ERR syntax error, LIMIT cannot be used without the special ~ option")
	ErrEntriesAdded   = protocol.Error("ERR entries_added must be positive")
	ErrXSetIDGiven    = protocol.Error("ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id")
	ErrXSetIDDeleted  = protocol.Error("ERR The ID specified in XSETID is smaller than current max_deleted_entry_id")
	ErrXSetIDTop      = protocol.Error("ERR The ID specified in XSETID is smaller than the target stream top item")
	ErrXSetIDAdded    = protocol.Error("ERR The entries_added specified in XSETID is smaller than the target stream length")
	ErrGroupOption    = protocol.Error("ERR The GROUP option is only supported by XREADGROUP. You called XREAD instead.")
	ErrNoAckOption    = protocol.Error("ERR The NOACK option is only supported by XREADGROUP. You called XREAD instead.")
	ErrGroupMissing   = protocol.Error("ERR Missing GROUP option for XREADGROUP")
	ErrGroupDollar    = protocol.Error("ERR The $ ID is meaningless in the context of XREADGROUP: you want to read the history of this consumer by specifying a proper ID, or use the > ID to get new messages. The $ ID would just return an empty result set.")
	ErrReadFresh      = protocol.Error("ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option.")
	ErrEntriesRead    = protocol.Error("ERR value for ENTRIESREAD must be positive or -1")
	ErrGroupExists    = protocol.Error("BUSYGROUP Consumer Group name already exists")
	ErrGroupKey       = protocol.Error("ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM option to create an empty stream automatically.")
)

func errUnbalanced(cmd *Command, group bool) protocol.Error {
	sign := '$'
	if group {
		sign = '>'
	}
	return protocol.Errorf("ERR Unbalanced '%s' list of streams: for each stream key an ID or '%c' must be specified.", cmd.FullName(), sign)
}

func errNoGroup(_ *Call, key, group []byte) protocol.Error {
	return protocol.Errorf("NOGROUP No such key '%s' or consumer group '%s'", key, group)
}

func errNoGroupRead(_ *Call, key, group []byte) protocol.Error {
	return protocol.Errorf("NOGROUP No such key '%s' or consumer group '%s' in XREADGROUP with GROUP option", key, group)
}

// errNoGroupOfKey says that a subcommand's key or group is not there.
func errNoGroupOfKey(c *Call, key, group []byte) protocol.Error {
	if _, found := c.DB.Peek(key); !found {
		return ErrGroupKey
	}
	return protocol.Errorf("NOGROUP No such consumer group '%s' for key name '%s'", group, key)
}

func errMinIdle(cmd *Command) protocol.Error {
	return protocol.Errorf("ERR Invalid min-idle-time argument for %s", cmd.Name)
}

func errClaimOption(word []byte) protocol.Error {
	return protocol.Errorf("ERR Unrecognized XCLAIM option '%s'", word)
}

func errClaimArgument(option string) protocol.Error {
	return protocol.Errorf("ERR Invalid %s option argument for XCLAIM", option)
}

// errSubcommandSyntax is for options that a subcommand does not know.
func errSubcommandSyntax(c *Call) protocol.Error {
	word := c.Args[1][:min(len(c.Args[1]), 128)]
	return protocol.Errorf("ERR unknown subcommand or wrong number of arguments for '%s'. Try %s HELP.", word, c.Cmd.Parent().Name)
}
