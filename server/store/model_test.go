package store

import (
	"maps"
	"slices"
	"strconv"
)

// model is the dumb keyspace that the real one is checked against: Go maps and
// strings, no thought of memory.
type model struct {
	dbs []map[string]modelValue
	now int64
}

type modelValue struct {
	val    string
	enc    Encoding
	expire int64
}

func newModel(databases int) *model {
	m := &model{dbs: make([]map[string]modelValue, databases)}
	for i := range m.dbs {
		m.dbs[i] = map[string]modelValue{}
	}
	return m
}

// live returns what a reader sees at key.
func (m *model) live(db int, key string) (modelValue, bool) {
	v, ok := m.dbs[db][key]
	if ok && v.expire != 0 && v.expire <= m.now {
		return modelValue{}, false
	}
	return v, ok
}

func (m *model) set(db int, key, val string, expire int64) {
	enc := Raw
	if len(val) <= embstrMax {
		enc = EmbStr
	}
	if n, err := strconv.ParseInt(val, 10, 64); err == nil && strconv.FormatInt(n, 10) == val {
		enc = Int
	}
	m.dbs[db][key] = modelValue{val, enc, expire}
}

func (m *model) edit(db int, key string, n int) string {
	v, _ := m.live(db, key)
	b := make([]byte, n)
	copy(b, v.val)
	m.dbs[db][key] = modelValue{string(b), Raw, v.expire}
	return string(b)
}

func (m *model) delete(db int, key string) bool {
	_, ok := m.live(db, key)
	delete(m.dbs[db], key)
	return ok
}

func (m *model) expire(db int, key string, at int64) bool {
	v, ok := m.live(db, key)
	switch {
	case !ok:
	case at != 0 && at <= m.now:
		delete(m.dbs[db], key)
	default:
		v.expire = at
		m.dbs[db][key] = v
	}
	return ok
}

func (m *model) copy(from int, src string, to int, dst string) bool {
	v, ok := m.live(from, src)
	if ok {
		m.dbs[to][dst] = v
	}
	return ok
}

// due removes what has expired.
func (m *model) due() {
	for _, db := range m.dbs {
		maps.DeleteFunc(db, func(_ string, v modelValue) bool { return v.expire != 0 && v.expire <= m.now })
	}
}

func (m *model) keys(db int) []string {
	var keys []string
	for k := range m.dbs[db] {
		if _, ok := m.live(db, k); ok {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	return keys
}
