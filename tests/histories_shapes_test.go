package tests

import (
	"strings"
	"testing"
)

// family is a set of shapes whose commands meet in one history. A shape's words
// are drawn (see words); any number of the options in brackets is taken, with
// what stands behind their colon. No command names a relative time that is
// accepted, nor lets chance decide: two servers share neither.
type family struct {
	name   string
	shapes string
	apart  bool // its shapes do not mix with others
	slow   bool // a tenth of the histories will do
}

// families ends with two that take all the others' shapes: types meet there.
func families() []family {
	all := []family{
		{name: "string", shapes: stringShapes},
		{name: "hash", shapes: hashShapes},
		{name: "set", shapes: setShapes},
		{name: "list", shapes: listShapes},
		{name: "zset", shapes: zsetShapes},
		{name: "zlex", shapes: zlexShapes, apart: true},
		{name: "waiting", shapes: waitingShapes, apart: true, slow: true},
		{name: "zstore", shapes: zstoreShapes},
		{name: "bitmap", shapes: bitmapShapes},
		{name: "hyperloglog", shapes: hllShapes},
		{name: "geo", shapes: geoShapes},
		{name: "stream", shapes: streamShapes},
		{name: "sort", shapes: sortShapes},
		{name: "script", shapes: scriptShapes},
	}
	var union strings.Builder
	for _, f := range all {
		if !f.apart {
			union.WriteString(f.shapes)
		}
	}
	mixed := union.String()
	return append(all, family{name: "mixed", shapes: mixed}, family{name: "transaction", shapes: strings.Repeat(multiShapes, 8) + mixed})
}

// known are the family's shapes, with the generic ones, as far as the server
// knows their commands.
func (f family) known(t *testing.T, known map[string]bool) (shapes []string) {
	missing := map[string]bool{}
	for shape := range strings.Lines(f.shapes + genericShapes) {
		shape = strings.TrimSpace(shape)
		name, _, _ := strings.Cut(shape, " ")
		switch {
		case shape == "":
		case known[name]:
			shapes = append(shapes, shape)
		case !missing[name]:
			missing[name] = true
			t.Logf("not compared: this server knows no %s", name)
		}
	}
	return shapes
}

const genericShapes = `
DEL k k
UNLINK k
EXISTS k k k
TYPE k
RENAME k k
RENAMENX k k
COPY k k [REPLACE]
EXPIREAT k t [NX XX GT LT]
PERSIST k
OBJECT ENCODING k
SET k v
`

const stringShapes = `
SET k v
SET k v [NX XX GET KEEPTTL EXAT:t PXAT:T]
GET k
GETSET k v
GETDEL k
GETEX k [EXAT:past PXAT:past PERSIST]
SETNX k v
SETEX k never v
PSETEX k never v
APPEND k v
STRLEN k
INCR k
DECR k
INCRBY k i
DECRBY k i
INCRBYFLOAT k f
SETRANGE k o v
GETRANGE k o o
SUBSTR k o o
MGET k k k
MSET k v k v
MSETNX k v k v
LCS k k
LCS k k [LEN IDX WITHMATCHLEN MINMATCHLEN:i]
TOUCH k k
COPY k k [REPLACE DB:d]
MOVE k d
SELECT d
SWAPDB d d
EXPIREAT k past
PEXPIREAT k T [NX XX GT LT]
EXPIRETIME k
PEXPIRETIME k
DBSIZE
KEYS *
KEYS k
COMMAND GETKEYS SET k v
COMMAND GETKEYS COPY k k
COMMAND GETKEYSANDFLAGS SET k v [GET NX]
ECHO v
`

const hashShapes = `
HSET k m v
HSET k m v m v m v
HSET k m v m v m v m v m v
HMSET k m v m v
HSETNX k m v
HGET k m
HMGET k m m m
HGETALL k
HDEL k m
HDEL k m m m
HLEN k
HEXISTS k m
HSTRLEN k m
HINCRBY k m i
HINCRBYFLOAT k m f
HKEYS k
HVALS k
HRANDFIELD k 100
HRANDFIELD k 100 WITHVALUES
HRANDFIELD k 0
HSCAN k 0 COUNT 1000
HSCAN k 0 COUNT 1000 MATCH m*
`

const setShapes = `
SADD k m
SADD k m m m
SADD k c c c
SADD k m m m m m m m
SREM k m
SREM k m m m
SISMEMBER k m
SMISMEMBER k m m m
SCARD k
SMEMBERS k
SMOVE k k m
SINTER k k
SINTER k k k
SUNION k k k
SDIFF k k k
SINTERSTORE k k k
SUNIONSTORE k k k
SDIFFSTORE k k k
SINTERCARD 2 k k [LIMIT:c]
SINTERCARD c k k
SPOP k 100
SPOP k 0
SRANDMEMBER k 100
SRANDMEMBER k 0
SSCAN k 0 COUNT 1000
SSCAN k 0 COUNT 1000 MATCH m*
`

const listShapes = `
LPUSH k m
RPUSH k m
RPUSH k m m m
LPUSH k m m m
RPUSH k m m m m m
LPUSHX k m m
RPUSHX k m
LPOP k
RPOP k
LPOP k c
RPOP k c
LLEN k
LRANGE k o o
LRANGE k 0 -1
LINDEX k o
LSET k c m
LINSERT k where m m
LREM k c m
LTRIM k c c
LPOS k m [RANK:c COUNT:c MAXLEN:c]
LMOVE k k end end
RPOPLPUSH k k
LMPOP 2 k k end [COUNT:c]
LMPOP c k k end
`

const zsetShapes = `
ZADD k s m
ZADD k s m s m s m
ZADD k [NX XX GT LT CH] s m s m
ZADD k [INCR NX XX GT LT] s m
ZINCRBY k s m
ZREM k m m
ZCARD k
ZSCORE k m
ZMSCORE k m m
ZRANK k m
ZREVRANK k m
ZCOUNT k x x
ZRANGE k o o [REV WITHSCORES]
ZRANGE k x x BYSCORE [REV WITHSCORES LIMIT:o,o]
ZRANGE k 0 -1 WITHSCORES
ZREVRANGE k o o [WITHSCORES]
ZRANGEBYSCORE k x x [WITHSCORES LIMIT:o,o]
ZREVRANGEBYSCORE k x x [WITHSCORES LIMIT:o,o]
ZRANGESTORE k k o o [REV]
ZRANGESTORE k k x x BYSCORE [REV LIMIT:o,o]
ZREMRANGEBYRANK k o o
ZREMRANGEBYSCORE k x x
ZPOPMIN k
ZPOPMAX k
ZPOPMIN k c
ZPOPMAX k c
ZMPOP 2 k k mm [COUNT:c]
ZRANDMEMBER k 100
ZRANDMEMBER k 100 WITHSCORES
ZSCAN k 0 COUNT 1000
ZSCAN k 0 COUNT 1000 MATCH m*
`

// zlexShapes have members of one score only: their order by text is not defined
// otherwise.
const zlexShapes = `
ZADD k 0 m
ZADD k 0 m 0 m 0 m
ZADD k 0 m 0 m 0 m 0 m 0 m
ZREM k m
ZLEXCOUNT k l l
ZRANGE k l l BYLEX [REV LIMIT:o,o]
ZRANGEBYLEX k l l [LIMIT:o,o]
ZREVRANGEBYLEX k l l [LIMIT:o,o]
ZREMRANGEBYLEX k l l
ZRANGESTORE k k l l BYLEX [REV LIMIT:o,o]
`

const zstoreShapes = `
ZADD k s m
ZADD k s m s m s m s m
SADD k m m m
ZUNIONSTORE k 2 k k [WEIGHTS:s,s AGGREGATE:agg]
ZINTERSTORE k 2 k k [WEIGHTS:s,s AGGREGATE:agg]
ZDIFFSTORE k 2 k k
ZUNION 2 k k [WEIGHTS:s,s AGGREGATE:agg WITHSCORES]
ZUNION 3 k k k [AGGREGATE:agg WITHSCORES]
ZINTER 2 k k [WEIGHTS:s,s AGGREGATE:agg WITHSCORES]
ZINTER 3 k k k [WITHSCORES]
ZDIFF 2 k k [WITHSCORES]
ZDIFF 3 k k k [WITHSCORES]
ZINTERCARD 2 k k [LIMIT:c]
ZUNIONSTORE k c k k
ZRANGE k 0 -1 WITHSCORES
`

// waitingShapes are seldom run: Redis takes its time to notice that a wait is over.
const waitingShapes = `
RPUSH k m m
LPUSH k m
ZADD k s m
XADD k id m v
XGROUP CREATE k g 0 MKSTREAM
LRANGE k 0 -1
BLPOP k k 0.001
BRPOP k 0.001
BLPOP k bad
BLMOVE k k end end 0.001
BRPOPLPUSH k k 0.001
BLMPOP 0.001 2 k k end [COUNT:c]
BZPOPMIN k k 0.001
BZPOPMAX k 0.001
BZMPOP 0.001 2 k k mm [COUNT:c]
XREAD BLOCK 1 STREAMS k after
XREADGROUP GROUP g u BLOCK 1 STREAMS k >
MULTI
EXEC
`

const bitmapShapes = `
SETBIT k bit b
GETBIT k bit
BITCOUNT k
BITCOUNT k o o
BITCOUNT k o o unit
BITPOS k b
BITPOS k b o
BITPOS k b o o
BITPOS k b o o unit
BITOP op k k k
BITOP NOT k k
BITFIELD k GET type bits
BITFIELD k SET type bits amount
BITFIELD k OVERFLOW over INCRBY type bits amount
BITFIELD k [OVERFLOW:over GET:type,bits SET:type,bits,amount INCRBY:type,bits,amount]
BITFIELD_RO k GET type bits
SETRANGE k o v
GET k
`

const hllShapes = `
PFADD k
PFADD k m
PFADD k m m m
PFADD k v v v v v v v v
PFADD k i i i f f s s o o
PFCOUNT k
PFCOUNT k k k
PFMERGE k k k
PFMERGE k
GET k
STRLEN k
`

const geoShapes = `
GEOADD k lon lat place
GEOADD k lon lat place lon lat place
GEOADD k [NX XX CH] lon lat place
GEOPOS k place place
GEODIST k place place
GEODIST k place place length
GEOHASH k place place
GEOSEARCH k FROMLONLAT lon lat BYRADIUS radius length [ASC DESC COUNT:c WITHCOORD WITHDIST WITHHASH]
GEOSEARCH k FROMLONLAT lon lat BYRADIUS radius length ASC [COUNT:c WITHCOORD WITHDIST WITHHASH]
GEOSEARCH k FROMMEMBER place BYRADIUS radius length ASC [WITHDIST]
GEOSEARCH k FROMMEMBER place BYBOX radius radius length DESC [COUNT:c WITHDIST]
GEOSEARCHSTORE k k FROMLONLAT lon lat BYBOX radius radius length ASC [COUNT:c STOREDIST]
GEORADIUS k lon lat radius length ASC [COUNT:c WITHCOORD WITHDIST WITHHASH STORE:k STOREDIST:k]
GEORADIUS_RO k lon lat radius length DESC [COUNT:c WITHDIST STORE:k]
GEORADIUSBYMEMBER k place radius length ASC [WITHDIST COUNT:c STORE:k]
GEORADIUSBYMEMBER_RO k place radius length ASC [WITHDIST COUNT:c]
ZRANGE k 0 -1 WITHSCORES
`

const streamShapes = `
XADD k id m v
XADD k id m v
XADD k id m v m v
XADD k [NOMKSTREAM MAXLEN:c] id m v
XADD k [MINID:id] id m v
XADD k MAXLEN = c id m v
XADD k MINID ~ id LIMIT c id m v
XADD k MAXLEN ~ c id m v
XLEN k
XRANGE k from from
XRANGE k - + [COUNT:c]
XREVRANGE k from from [COUNT:c]
XREVRANGE k + -
XDEL k id
XDEL k id id id
XTRIM k MAXLEN c
XTRIM k MINID id
XTRIM k MAXLEN ~ c [LIMIT:c]
XREAD [COUNT:c] STREAMS k after
XREAD [COUNT:c] STREAMS k k after after
XSETID k id [ENTRIESADDED:c MAXDELETEDID:id]
XGROUP CREATE k g after
XGROUP CREATE k g 0 MKSTREAM
XGROUP CREATE k g after [MKSTREAM ENTRIESREAD:c]
XGROUP SETID k g after [ENTRIESREAD:c]
XGROUP DESTROY k g
XGROUP CREATECONSUMER k g u
XGROUP DELCONSUMER k g u
XREADGROUP GROUP g u [COUNT:c NOACK] STREAMS k news
XREADGROUP GROUP g u [COUNT:c] STREAMS k >
XREADGROUP GROUP g u STREAMS k k > >
XACK k g id id
XCLAIM k g u 0 id id [JUSTID FORCE RETRYCOUNT:c LASTID:id IDLE:c TIME:c]
XAUTOCLAIM k g u 0 id [COUNT:c JUSTID]
XAUTOCLAIM k g u c 0
XPENDING k g
XPENDING k g from from c
XPENDING k g IDLE 0 from from c u
XINFO STREAM k
XINFO GROUPS k
XINFO CONSUMERS k g
`

const sortShapes = `
RPUSH k m m m
RPUSH k c c c c
SADD k m m m
ZADD k s m s m
HSET k m c m c
SET k c
SORT k [ALPHA ASC DESC LIMIT:o,o STORE:k]
SORT k ALPHA [DESC LIMIT:o,o STORE:k]
SORT k ALPHA [DESC LIMIT:o,o GET:#]
SORT_RO k [ALPHA DESC LIMIT:o,o]
SORT k BY key* [DESC GET:# GET:key*]
SORT k BY key*->1 [DESC LIMIT:o,o GET:# GET:key*->2]
LRANGE k 0 -1
`

const scriptShapes = `
EVAL lua 1 k m
EVAL lua 2 k k m
EVAL lua 1 k m v
EVAL lua 0
EVAL lua c k k
EVAL_RO lua 1 k m
SCRIPT EXISTS e0e1f9fabfc9d4800c877a703b823ac0578ff8db
EVALSHA e0e1f9fabfc9d4800c877a703b823ac0578ff8db 0
RPUSH k m m
HSET k m v
SADD k m
INCR k
`

const multiShapes = `
MULTI
EXEC
EXEC
WATCH k
UNWATCH
FLUSHDB
FLUSHALL
`

// luaScripts tell of what they are given.
var luaScripts = []string{
	"return KEYS",
	"return ARGV",
	"return {KEYS[1], ARGV[1], #KEYS, #ARGV}",
	"return redis.call('SET', KEYS[1], ARGV[1])",
	"return redis.call('GET', KEYS[1])",
	"return redis.pcall('INCR', KEYS[1])",
	"return redis.call('INCR', KEYS[1])",
	"return redis.call('RPUSH', KEYS[1], unpack(ARGV))",
	"return redis.call('LRANGE', KEYS[1], 0, -1)",
	"redis.call('HSET', KEYS[1], ARGV[1], 'x'); return redis.call('HGET', KEYS[1], ARGV[1])",
	"local r = redis.pcall('LPOP', KEYS[1]); if type(r) == 'table' then return r.err end; return r",
	"return {1, 2.7, 'a', true, false, nil, 5}",
	"return {1, {2, {3, 'x'}}, redis.status_reply('FINE')}",
	"return redis.error_reply('MY mistake')",
	"return redis.error_reply('mistake')",
	"return {ok='yes'}",
	"return {err='no'}",
	"return redis.sha1hex(ARGV[1] or '')",
	"return tostring(redis.call('TYPE', KEYS[1]).ok)",
	"return cjson.encode({1, 2, 3, a_string = nil})",
	"return cjson.decode('{\"a\": [1, 2, \"x\"]}').a",
	"return cjson.encode(cjson.decode('{\"a\":{\"b\":[1.5,true,null]}}'))",
	"return cmsgpack.unpack(cmsgpack.pack({1, 'two', 3}))",
	"return struct.pack('>I2h', 1, -2)",
	"return bit.band(255, 15) + bit.lshift(1, 4)",
	"return tonumber(ARGV[1])",
	"return #tostring({}) > 0",
	"return string.format('%5.2f|%s|%q', 3.14159, 'x', 'y')",
	"error('my error')",
	"error({err='MY table'})",
	"return nothing",
	"nothing = 1",
	"return redis.call('NOSUCH')",
	"return redis.pcall('NOSUCH').err",
	"return redis.call('GET')",
	"return redis.call('SET', KEYS[1])",
	"return redis.call()",
	"redis.setresp(3); return redis.call('SISMEMBER', KEYS[1], ARGV[1])",
	"return redis.call('ZADD', KEYS[1], 1.5, 'z')",
	"return redis.call('ZSCORE', KEYS[1], 'z')",
	"redis.setresp(3); return redis.call('ZSCORE', KEYS[1], 'z')",
	"return redis.call('DEL', unpack(KEYS))",
	"return table.concat(KEYS, ',')",
	"local t = {}; for i = 1, 5 do t[i] = i * i end; return t",
	"return type(redis.call('EXISTS', KEYS[1]))",
	"return redis.REDIS_VERSION_NUM == nil",
	"return math.floor(-3.5) .. math.max(1, 7, 3)",
	"return string.rep('ab', 3) .. string.byte('a') .. string.sub('hello', 2, -2)",
	"return {string.find('hello world', 'o w')}",
	"return {('k=v'):match('(%w+)=(%w+)')}",
	"return {next({})}",
	"return pcall(function() error('inside') end)",
	"return select('#', 1, 2, 3)",
	"return loadstring('return 1 + 1')()",
	"return 10 / 0",
	"return -(0 / 0) ~= 0",
	"return 2 ^ 53",
	"return 1e100",
}
