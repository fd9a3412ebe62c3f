package rdb

import (
	"cmp"

	"github.com/cachedserver/cached/server/store"
	"github.com/cachedserver/cached/server/value"
)

// Packing are the limits up to which collections stay packed.
type Packing struct {
	Hash, Set, ZSet, List *value.Limits
	Stream                *value.StreamLimits // nil: Redis's
}

// redisStream are Redis's limits of a node of a stream.
var redisStream = value.StreamLimits{Entries: 100, Bytes: 4096}

// Loader is the sink that makes a key of a store. What the key held before is
// replaced. The stripe must be locked until the value is read.
type Loader struct {
	DB       *store.DB
	Key      []byte
	ExpireAt int64 // ms, 0 never
	Packing  Packing

	kind Kind
	item *store.Item // nil: a string
	list value.List
	set  value.Set
	zset value.ZSet
	hash value.Hash
	log  streamLoader
}

// Begin makes an empty collection.
func (l *Loader) Begin(kind Kind, _ int) error {
	l.kind = kind
	switch kind {
	case List:
		l.item = l.DB.Create(l.Key, store.List, store.ListPack, value.EmptyPacked)
		l.list = value.NewList(l.item, l.Packing.List)
	case Set:
		l.item = l.DB.Create(l.Key, store.Set, store.IntSet, 0)
		l.set = value.NewSet(l.item, l.Packing.Set)
	case ZSet:
		l.item = l.DB.Create(l.Key, store.ZSet, store.ListPack, value.EmptyPacked)
		l.zset = value.NewZSet(l.item, l.Packing.ZSet)
	case Hash:
		l.item = l.DB.Create(l.Key, store.Hash, store.ListPack, value.EmptyPacked)
		l.hash = value.NewHash(l.item, l.Packing.Hash)
	default:
		l.item = l.DB.Create(l.Key, store.Stream, store.StreamTree, value.StreamSize)
		l.log = streamLoader{s: value.NewStream(l.item, cmp.Or(l.Packing.Stream, &redisStream))}
	}
	return nil
}

// String stores a string.
func (l *Loader) String(v []byte) error {
	l.DB.SetString(l.Key, v, l.ExpireAt)
	return nil
}

// Element adds to a list or set.
func (l *Loader) Element(v []byte) error {
	if l.kind == List {
		l.list.Push(false, v)
	} else {
		l.set.Add(v)
	}
	return nil
}

// Field adds to a hash, unless the field has expired.
func (l *Loader) Field(name, v []byte, expireAt int64) error {
	if expireAt == 0 || expireAt > l.DB.Now() {
		l.hash.Set(name, v, expireAt)
	}
	return nil
}

// Member adds to a sorted set.
func (l *Loader) Member(m []byte, score float64) error {
	l.zset.Set(m, score)
	return nil
}

// Stream adds a part of a stream.
func (l *Loader) Stream(part any) error { return l.log.add(part) }

// End finishes the key after its value was read with the given result, which it
// returns: a value that was cut off is taken away again.
func (l *Loader) End(err error) error {
	switch {
	case l.item == nil:
		return err
	case err != nil || l.kind == Hash && l.hash.Len() == 0:
		l.DB.Delete(l.Key)
	default:
		l.item.Remind(l.fieldsEnd())
		if l.ExpireAt != 0 {
			l.DB.Expire(l.Key, l.ExpireAt)
		}
	}
	l.item = nil
	return err
}

// fieldsEnd is when the first field of a hash expires; 0 never.
func (l *Loader) fieldsEnd() int64 {
	if l.kind != Hash {
		return 0
	}
	return l.hash.NextExpiry()
}
