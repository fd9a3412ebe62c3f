package store

// Kind is the type of a value as TYPE names it.
type Kind uint8

// The kinds of value. String is the zero kind; None is what an absent key has.
const (
	String Kind = iota
	List
	Set
	ZSet
	Hash
	Stream
	None
)

var kindNames = [...]string{"string", "list", "set", "zset", "hash", "stream", "none"}

// String returns Redis's name of the kind.
func (k Kind) String() string { return kindNames[min(k, None)] }

// Encoding is how a value is represented. Numbers are per kind (two bits in
// an entry), so the same number means another thing for another kind.
type Encoding uint8

// Encodings of strings.
const (
	Raw Encoding = iota
	EmbStr
	Int
)

// Encodings of the other kinds. Packed values are one payload in the entry,
// the others are chunks.
const (
	ListPack   Encoding = 0
	QuickList  Encoding = 1
	HashTable  Encoding = 1
	SkipList   Encoding = 1
	StreamTree Encoding = 1
	IntSet     Encoding = 2
)

var encodingNames = [...][4]string{
	String: {"raw", "embstr", "int", "?"},
	List:   {"listpack", "quicklist", "?", "?"},
	Set:    {"listpack", "hashtable", "intset", "?"},
	ZSet:   {"listpack", "skiplist", "?", "?"},
	Hash:   {"listpack", "hashtable", "?", "?"},
	Stream: {"stream", "stream", "?", "?"},
	None:   {"?", "?", "?", "?"},
}

// Name returns Redis's name of the encoding for a value of kind k.
func (e Encoding) Name(k Kind) string { return encodingNames[min(k, None)][e&3] }

// String returns Redis's name of a string's encoding; see Name for the others.
func (e Encoding) String() string { return e.Name(String) }

// embstrMax is the longest string that Redis reports as embstr.
const embstrMax = 44
