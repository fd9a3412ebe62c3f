package eviction

// A ghost remembers the hashes of entries that left, about as many as it is
// told to, forgetting the oldest first. It is a table of buckets, each a queue
// of 8 tags of 16 bits; a new tag pushes the oldest out of its bucket. So an
// entry is not forgotten exactly in its turn, and one in 8192 strangers is
// taken for an acquaintance: neither can be seen in hit ratios, and it costs 2
// bytes an entry.
//
//	bucket = hash of the key
//	+-----+-----+-----+- ... -+-----+
//	| new |     |     |       | old |  tags, 0 is none
//	+-----+-----+-----+- ... -+-----+
//
// When the wanted number has changed by a quarter, a table of the right size
// takes over, and the last one is asked too until the new one is full. Memory
// is taken in chunks as buckets are first used, so nothing ever stalls.
type ghost struct {
	now, last table
}

type table struct {
	chunks  []*[bucketsPerChunk]bucket // nil until used
	used    int                        // chunks
	buckets int
	len     int // tags in it
	puts    int // tags ever put in
}

type bucket [8]uint16

const bucketsPerChunk = 128

// put remembers hash in a memory of about want entries.
func (g *ghost) put(hash uint64, want int) {
	buckets := max(1, (want+7)/8)
	if d := buckets - g.now.buckets; g.now.buckets == 0 || 4*max(d, -d) > max(4, g.now.buckets) {
		g.last = g.now
		g.now = newTable(buckets)
	}
	g.now.put(hash)
	if g.now.puts >= 8*g.now.buckets {
		g.last = table{}
	}
}

// take reports whether hash is remembered, and forgets it.
func (g *ghost) take(hash uint64) bool { return g.now.take(hash) || g.last.take(hash) }

func (g *ghost) len() int   { return g.now.len + g.last.len }
func (g *ghost) bytes() int { return g.now.bytes() + g.last.bytes() }

func newTable(buckets int) table {
	chunks := (buckets + bucketsPerChunk - 1) / bucketsPerChunk
	return table{chunks: make([]*[bucketsPerChunk]bucket, chunks), buckets: buckets}
}

// place finds hash's bucket, nil if its chunk was never used, and its tag.
// The bits are mixed first, as callers may have used some to choose the instance.
func (t *table) place(hash uint64) (chunk **[bucketsPerChunk]bucket, i int, tag uint16) {
	h := hash * 0x9e3779b97f4a7c15
	h ^= h >> 32
	b := int(h & 0xffffffff * uint64(t.buckets) >> 32)
	return &t.chunks[b/bucketsPerChunk], b % bucketsPerChunk, max(1, uint16(h>>48))
}

func (t *table) put(hash uint64) {
	chunk, i, tag := t.place(hash)
	if *chunk == nil {
		*chunk = new([bucketsPerChunk]bucket)
		t.used++
	}
	b := &(*chunk)[i]
	if b[7] == 0 {
		t.len++
	}
	copy(b[1:], b[:7])
	b[0] = tag
	t.puts++
}

func (t *table) take(hash uint64) bool {
	if t.len == 0 {
		return false
	}
	chunk, i, tag := t.place(hash)
	if *chunk == nil {
		return false
	}
	b := &(*chunk)[i]
	for j, other := range b {
		if other == tag {
			copy(b[j:], b[j+1:])
			b[7] = 0
			t.len--
			return true
		}
	}
	return false
}

func (t *table) bytes() int { return 8*len(t.chunks) + 16*bucketsPerChunk*t.used }
