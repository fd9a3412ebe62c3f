package command

import "strings"

// Category is a set of ACL categories.
type Category uint32

// The ACL categories of Redis, in the order in which it lists them.
const (
	CatKeyspace Category = 1 << iota
	CatRead
	CatWrite
	CatSet
	CatSortedSet
	CatList
	CatHash
	CatString
	CatBitmap
	CatHyperLogLog
	CatGeo
	CatStream
	CatPubSub
	CatAdmin
	CatFast
	CatSlow
	CatBlocking
	CatDangerous
	CatConnection
	CatTransaction
	CatScripting
)

var categoryNames = []string{
	"keyspace", "read", "write", "set", "sortedset", "list", "hash", "string",
	"bitmap", "hyperloglog", "geo", "stream", "pubsub", "admin", "fast", "slow",
	"blocking", "dangerous", "connection", "transaction", "scripting",
}

// groupCategory gives the category that membership of a group implies.
var groupCategory = map[string]Category{
	"generic":      CatKeyspace,
	"set":          CatSet,
	"sorted-set":   CatSortedSet,
	"list":         CatList,
	"hash":         CatHash,
	"string":       CatString,
	"bitmap":       CatBitmap,
	"hyperloglog":  CatHyperLogLog,
	"geo":          CatGeo,
	"stream":       CatStream,
	"pubsub":       CatPubSub,
	"connection":   CatConnection,
	"transactions": CatTransaction,
	"scripting":    CatScripting,
}

// CategoryNames returns all categories, in Redis's order.
func CategoryNames() []string { return categoryNames }

// ParseCategory finds a category by its name, case ignored.
func ParseCategory(name string) (Category, bool) {
	for i, n := range categoryNames {
		if strings.EqualFold(n, name) {
			return 1 << i, true
		}
	}
	return 0, false
}

// Names lists the categories of the set, without the "@".
func (c Category) Names() []string {
	var names []string
	for i, n := range categoryNames {
		if c&(1<<i) != 0 {
			names = append(names, n)
		}
	}
	return names
}

// AllCategories is the command's ACL categories: the listed ones and those that
// group and flags imply. A container has those of its flags only, for what it
// does is done by its subcommands. SORT, which lists types of values, is of those
// rather than of the keyspace.
func (c *Command) AllCategories() Category {
	cat := c.Categories
	if (len(c.subs) == 0 || c.Run != nil) && cat&(CatSet|CatSortedSet|CatList) == 0 {
		cat |= groupCategory[c.Group]
	}
	for _, rule := range []struct {
		flag Flags
		cat  Category
	}{
		{Write, CatWrite},
		{Admin, CatAdmin | CatDangerous},
		{PubSub, CatPubSub},
		{Fast, CatFast},
		{Blocking, CatBlocking},
	} {
		if c.Is(rule.flag) {
			cat |= rule.cat
		}
	}
	if c.Is(Read) && cat&CatScripting == 0 {
		cat |= CatRead
	}
	if cat&CatFast == 0 {
		cat |= CatSlow
	}
	return cat
}
