package value

import (
	"fmt"

	"github.com/cachedserver/cached/server/value/tree"
)

// item is an Item for tests: it moves and poisons its payload at each Resize.
type item struct {
	payload []byte
	enc     uint8
	mem     *chunks
	charged int64
}

func newItem() *item { return &item{mem: &chunks{m: map[uint32][]byte{}}} }

func (it *item) Payload() []byte     { return it.payload }
func (it *item) Encoding() uint8     { return it.enc }
func (it *item) SetEncoding(e uint8) { it.enc = e }
func (it *item) Memory() tree.Memory { return it.mem }
func (it *item) Charge(delta int64)  { it.charged += delta }
func (it *item) Resize(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = 0xEE
	}
	copy(b, it.payload)
	for i := range it.payload {
		it.payload[i] = 0xDD
	}
	it.payload = b
	return b
}

type chunks struct {
	m    map[uint32][]byte
	next uint32
}

func (c *chunks) Alloc(n int) uint32 {
	c.next++
	c.m[c.next] = make([]byte, n)
	return c.next
}

func (c *chunks) Bytes(h uint32) []byte {
	b, ok := c.m[h]
	if !ok {
		panic(fmt.Sprintf("chunk %d is not there", h))
	}
	return b
}

func (c *chunks) Resize(h uint32, n int) []byte {
	b := make([]byte, n)
	copy(b, c.Bytes(h))
	c.m[h] = b
	return b
}

func (c *chunks) Free(h uint32) { c.Bytes(h); delete(c.m, h) }
