package command

import (
	"encoding/binary"
	"errors"
	"math"

	"github.com/cachedserver/cached/protocol"
	"github.com/cachedserver/cached/server/store"
	"github.com/cachedserver/cached/server/value"
)

var hllCommands = []Command{
	{
		Name: "PFADD", Group: "hyperloglog", Since: "2.8.9", Complexity: "O(1) for each element",
		Syntax:  "key [element ...]",
		Summary: "Counts elements in a HyperLogLog, which is made if there is none.",
		Flags:   Write | DenyOOM | Fast, Keys: key(RW | Insert), Run: pfadd,
	},
	{
		Name: "PFCOUNT", Group: "hyperloglog", Since: "2.8.9", Complexity: "O(1) for one key whose count is known, else O(N) with N keys",
		Syntax:  "key [key ...]",
		Summary: "Estimates how many different elements were counted in HyperLogLogs together.",
		Flags:   Read | MayReplicate, Run: pfcount,
		Keys: noted(keys(RW|Access), "RW because it may change the internal representation of the key, and propagate to replicas"),
	},
	{
		Name: "PFDEBUG", Group: "hyperloglog", Since: "2.8.9", Complexity: "O(1)",
		Syntax:  "subcommand key",
		Summary: "Shows the inside of a HyperLogLog.",
		Flags:   Write | DenyOOM | Admin, Keys: keyAt(2, RW|Access), Run: pfdebug,
	},
	{
		Name: "PFMERGE", Group: "hyperloglog", Since: "2.8.9", Complexity: "O(N) with N keys",
		Syntax:  "destkey:key [sourcekey:key ...]",
		Summary: "Makes a HyperLogLog count what others count as well.",
		Flags:   Write | DenyOOM, Run: pfmerge,
		Keys: []KeySpec{
			{Flags: RW | Access | Insert, Index: 1, Step: 1},
			{Flags: RO | Access, Index: 2, Last: -1, Step: 1},
		},
	},
	{
		Name: "PFSELFTEST", Group: "hyperloglog", Since: "2.8.9", Complexity: "O(1)",
		Summary: "Checks HyperLogLogs of its own against each other.",
		Flags:   Admin | Unbounded, Run: pfselftest,
	},
}

func pfadd(c *Call) {
	key := c.Args[1]
	v, found, ok := c.findString(key)
	if !ok {
		return
	}
	h := value.NewHLL()
	if found {
		if h, ok = c.asHLL(v); !ok {
			return
		}
	}
	if h.Dense() {
		c.truth(c.addDense(key, len(h)))
		return
	}
	h, raised, err := addElements(append(c.scratch[:0], h...), c.Args[2:], c.settings().SparseHLL)
	if err != nil {
		c.Out.Error(ErrCorruptHLL)
		return
	}
	if raised || !found {
		c.storeHLL(key, h)
	}
	if h.Dense() {
		c.scratch = nil
	} else {
		c.scratch = h[:0]
	}
	c.truth(raised || !found)
}

func addElements(h value.HLL, elements [][]byte, sparseMax int) (_ value.HLL, raised bool, err error) {
	for _, element := range elements {
		var more bool
		if h, more, err = h.Add(element, sparseMax); err != nil {
			return nil, false, err
		}
		raised = raised || more
	}
	return h, raised, nil
}

// addDense counts the elements in a dense HyperLogLog of n bytes where it lies.
func (c *Call) addDense(key []byte, n int) (raised bool) {
	_, raised, _ = addElements(c.DB.Edit(key, n), c.Args[2:], 0)
	if raised {
		c.Notify(NotifyString, "pfadd", key)
	}
	return raised
}

// storeHLL writes back what a command has changed.
func (c *Call) storeHLL(key []byte, h value.HLL) {
	h.Invalidate()
	c.creates(key)
	copy(c.DB.Edit(key, len(h)), h)
	c.Notify(NotifyString, "pfadd", key)
}

func pfcount(c *Call) {
	if c.argc() > 2 {
		c.countUnion()
		return
	}
	v, found, ok := c.readString(c.Args[1])
	if !ok {
		return
	}
	if !found {
		c.Out.Int(0)
		return
	}
	h, ok := c.asHLL(v)
	if !ok {
		return
	}
	n, known := h.Cached()
	if !known {
		var regs value.Registers
		if regs.Merge(h) != nil {
			c.Out.Error(ErrCorruptHLL)
			return
		}
		n = regs.Count()
		value.HLL(c.DB.Edit(c.Args[1], len(h))).SetCached(n)
		c.Changes++
	}
	c.Out.Int(int64(n))
}

func (c *Call) countUnion() {
	var regs value.Registers
	for _, key := range c.Args[1:] {
		if _, ok := c.mergeHLL(&regs, key); !ok {
			return
		}
	}
	c.Out.Int(int64(regs.Count()))
}

// mergeHLL adds what is counted at a key. Not ok: the error is replied.
func (c *Call) mergeHLL(regs *value.Registers, key []byte) (dense, ok bool) {
	v, found, ok := c.readString(key)
	if !ok || !found {
		return false, ok
	}
	h, ok := c.asHLL(v)
	if !ok {
		return false, false
	}
	if regs.Merge(h) != nil {
		c.Out.Error(ErrCorruptHLL)
		return false, false
	}
	return h.Dense(), true
}

func pfmerge(c *Call) {
	var regs value.Registers
	anyDense := false
	for _, key := range c.Args[1:] {
		dense, ok := c.mergeHLL(&regs, key)
		if !ok {
			return
		}
		anyDense = anyDense || dense
	}
	key := c.Args[1]
	h, found, ok := c.findHLL(key)
	if !ok {
		return
	}
	if !found {
		h = value.NewHLL()
	}
	var err error
	if anyDense {
		h, err = h.MakeDense()
	}
	if err == nil {
		h, err = regs.Store(h, c.settings().SparseHLL)
	}
	if err != nil {
		c.Out.Error(ErrCorruptHLL)
		return
	}
	c.storeHLL(key, h)
	c.Out.OK()
}

// findHLL returns a copy of the HyperLogLog at key for changing it. Not ok: the
// error is replied.
func (c *Call) findHLL(key []byte) (h value.HLL, found, ok bool) {
	v, found, ok := c.findString(key)
	if !ok || !found {
		return nil, false, ok
	}
	h, ok = c.asHLL(v)
	return append(value.HLL(nil), h...), true, ok
}

// asHLL says whether a string is a HyperLogLog; if not, the error is replied.
func (c *Call) asHLL(v store.Value) (value.HLL, bool) {
	b := v.Bytes()
	if value.CheckHLL(b) != nil {
		c.Out.Error(ErrNotHLL)
		return nil, false
	}
	return value.HLL(b), true
}

func pfdebug(c *Call) {
	key := c.Args[2]
	h, found, ok := c.findHLL(key)
	if !ok {
		return
	}
	if !found {
		c.Out.Error(ErrNoHLL)
		return
	}
	switch word := c.Args[1]; {
	case equalFold(word, "GETREG"):
		c.replyRegisters(key, h)
	case equalFold(word, "DECODE"):
		if h.Dense() {
			c.Out.Error(ErrNotSparse)
			return
		}
		c.Out.BulkString(h.Runs())
	case equalFold(word, "ENCODING"):
		c.Out.Simple(h.Encoding())
	case equalFold(word, "TODENSE"):
		was := h.Dense()
		if _, ok := c.makeDense(key, h); ok {
			c.truth(!was)
		}
	default:
		c.Out.Error(errPFDebug(word))
	}
}

// replyRegisters replies all registers; as in Redis, the form becomes dense.
func (c *Call) replyRegisters(key []byte, h value.HLL) {
	h, ok := c.makeDense(key, h)
	if !ok {
		return
	}
	var regs value.Registers
	if regs.Merge(h) != nil {
		c.Out.Error(ErrCorruptHLL)
		return
	}
	c.Out.Array(len(regs))
	for _, r := range regs {
		c.Out.Int(int64(r))
	}
}

func (c *Call) makeDense(key []byte, h value.HLL) (value.HLL, bool) {
	if h.Dense() {
		return h, true
	}
	h, err := h.MakeDense()
	if err != nil {
		c.Out.Error(ErrCorruptHLL)
		return nil, false
	}
	copy(c.DB.Edit(key, len(h)), h)
	c.Changes++
	return h, true
}

func pfselftest(c *Call) {
	if err := selfTestHLL(&c.Rand); err != nil {
		c.Out.Error(protocol.Errorf("TESTFAILED %v", err))
		return
	}
	c.Out.OK()
}

// selfTestHLL counts random elements in the sparse and in the dense form: both must
// agree, and be near the truth.
func selfTestHLL(r *Rand) error {
	const standardError = 1.04 / 128
	sparse := value.NewHLL()
	dense, err := value.NewHLL().MakeDense()
	if err != nil {
		return err
	}
	seed, next := r.Uint64(), 1
	for i := 1; i <= 100_000; i++ {
		var element [8]byte
		binary.LittleEndian.PutUint64(element[:], seed^uint64(i))
		sparse, _, _ = sparse.Add(element[:], 3000)
		dense, _, _ = dense.Add(element[:], 0)
		if i != next {
			continue
		}
		next *= 10
		var a, b value.Registers
		if err := errors.Join(a.Merge(sparse), b.Merge(dense)); err != nil {
			return err
		}
		if a != b {
			return errors.New("sparse and dense registers differ")
		}
		if off := math.Abs(float64(a.Count()) - float64(i)); off > math.Ceil(standardError*6*float64(i)) {
			return errors.New("the estimate is too far off")
		}
	}
	return nil
}
