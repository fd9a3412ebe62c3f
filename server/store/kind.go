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

// Encoding is how a value is represented, under Redis's names.
type Encoding uint8

// The encodings.
const (
	Raw Encoding = iota
	EmbStr
	Int
	ListPack
	ListPackEx
	IntSet
	QuickList
	HashTable
	SkipList
	StreamTree
)

var encodingNames = [...]string{
	"raw", "embstr", "int", "listpack", "listpackex", "intset", "quicklist", "hashtable", "skiplist", "stream",
}

// String returns Redis's name of the encoding.
func (e Encoding) String() string { return encodingNames[min(int(e), len(encodingNames)-1)] }

// An entry has two bits for its encoding, which mean another for each kind.
// For collections they are the forms of package value: 1 is chunked.
var encodingOf = [8][4]Encoding{
	String: {Raw, EmbStr, Int},
	List:   {ListPack, QuickList},
	Set:    {ListPack, HashTable, IntSet},
	ZSet:   {ListPack, SkipList},
	Hash:   {ListPack, HashTable, ListPackEx},
	Stream: {ListPack, StreamTree},
}

// code returns the two bits for an encoding of a value of kind k.
func (e Encoding) code(k Kind) byte {
	for i, have := range encodingOf[k] {
		if have == e && (i == 0 || e != Raw) { // the unused places read as Raw
			return byte(i)
		}
	}
	panic("store: " + k.String() + " cannot be " + e.String())
}

// embstrMax is the longest string that Redis reports as embstr.
const embstrMax = 44
