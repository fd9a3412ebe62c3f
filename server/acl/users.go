package acl

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/cachedserver/cached/server/command"
)

// DefaultName is the user of clients that did not name one. It is always there.
const DefaultName = "default"

// Errors of changes that are not about one rule.
var (
	ErrName    = errors.New("Usernames can't contain spaces or null characters")
	ErrDefault = errors.New("The 'default' user cannot be removed")
)

// User is one user. Sessions hold it; what it may do changes under them.
type User struct {
	name  string
	rules atomic.Pointer[Rules]
}

// Name is the user's name.
func (u *User) Name() string { return u.name }

// Rules are the user's rights as they are now.
func (u *User) Rules() *Rules { return u.rules.Load() }

// Users are all users. Reading takes no lock; changes come one after another.
type Users struct {
	table       *command.Table
	allChannels atomic.Bool // what new users may hear: acl-pubsub-default

	mu  sync.Mutex                       // serialises changes
	set atomic.Pointer[map[string]*User] // the map never changes once it is here
}

// New returns the default user alone, who may do everything without a password.
func New(table *command.Table) *Users {
	us := &Users{table: table}
	us.set.Store(&map[string]*User{DefaultName: us.fresh(DefaultName, us.unlimited())})
	return us
}

// unlimited are the rules of the default user at first.
func (us *Users) unlimited() *Rules {
	ch := us.changer(us.blank())
	for _, rule := range []string{"+@all", "~*", "&*", "on", "nopass"} {
		if err := ch.apply(rule); err != nil {
			panic(err) // they are right
		}
	}
	return ch.to.seal()
}

func (us *Users) fresh(name string, r *Rules) *User {
	u := &User{name: name}
	u.rules.Store(r)
	return u
}

func (us *Users) blank() *Rules { return newRules(us.table, us.allChannels.Load()) }

func (us *Users) changer(to *Rules) changer {
	return changer{us.table, us.allChannels.Load(), to}
}

// AllowChannels sets whether users that are new, or reset, may use every channel.
func (us *Users) AllowChannels(on bool) { us.allChannels.Store(on) }

// Lookup finds a user; nil if there is none of that name.
func (us *Users) Lookup(name string) *User { return (*us.set.Load())[name] }

// Default is the default user.
func (us *Users) Default() *User { return us.Lookup(DefaultName) }

// List are all users, by name.
func (us *Users) List() []*User {
	set := *us.set.Load()
	list := make([]*User, 0, len(set))
	for _, name := range slices.Sorted(maps.Keys(set)) {
		list = append(list, set[name])
	}
	return list
}

// Change tells what a change of one user replaced.
type Change struct {
	User   *User
	Before *Rules // nil: the user is new
}

// Set applies rules, all or none, to a user, who is made if there is none.
func (us *Users) Set(name string, words []string) (Change, error) {
	if !plain(name) {
		return Change{}, ErrName
	}
	us.mu.Lock()
	defer us.mu.Unlock()
	u := us.Lookup(name)
	r := us.blank()
	if u != nil {
		r = u.Rules().clone()
	}
	if err := us.changer(r).applyAll(words); err != nil {
		return Change{}, err
	}
	if u == nil {
		u = us.fresh(name, r.seal())
		us.put(u)
		return Change{User: u}, nil
	}
	return Change{u, u.rules.Swap(r.seal())}, nil
}

// applyAll reads selectors that were given as several words, too.
func (ch changer) applyAll(words []string) error {
	rules, bad := joinSelectors(words)
	if bad != "" {
		return fmt.Errorf("Unmatched parenthesis in acl selector starting at '%s'.", bad)
	}
	for _, rule := range rules {
		if err := ch.apply(rule); err != nil {
			return fmt.Errorf("Error in ACL SETUSER modifier '%s': %w", rule, err)
		}
	}
	return nil
}

// put adds a user. Called with mu held.
func (us *Users) put(u *User) {
	set := maps.Clone(*us.set.Load())
	set[u.name] = u
	us.set.Store(&set)
}

// Delete removes users; names that are none's are passed over. Who still holds a
// removed user may do nothing from here on.
func (us *Users) Delete(names []string) (gone []*User, err error) {
	if slices.Contains(names, DefaultName) {
		return nil, ErrDefault
	}
	us.mu.Lock()
	defer us.mu.Unlock()
	set := maps.Clone(*us.set.Load())
	for _, name := range names {
		if u := set[name]; u != nil {
			delete(set, name)
			gone = append(gone, u)
		}
	}
	us.set.Store(&set)
	us.strip(gone)
	return gone, nil
}

// strip takes all rights from users that are gone.
func (us *Users) strip(gone []*User) {
	for _, u := range gone {
		u.rules.Store(newRules(us.table, false))
	}
}

// SetDefaultPassword makes the default user's password that of requirepass; ""
// lets it come without one.
func (us *Users) SetDefaultPassword(password string) {
	us.mu.Lock()
	defer us.mu.Unlock()
	u := us.Default()
	r := u.Rules().clone()
	r.passwords, r.nopass = nil, password == ""
	if password != "" {
		_ = r.password('>', password) // adding one cannot fail
	}
	u.rules.Store(r.seal())
}

// replace puts the users of a file in place of all. The default user, and those
// that the file names again, stay the same User, so that their sessions go on.
func (us *Users) replace(read map[string]*Rules) (changed []Change, gone []*User) {
	us.mu.Lock()
	defer us.mu.Unlock()
	old, set := *us.set.Load(), make(map[string]*User, len(read))
	for name, r := range read {
		u := old[name]
		if u == nil {
			set[name] = us.fresh(name, r)
			continue
		}
		set[name] = u
		changed = append(changed, Change{u, u.rules.Swap(r)})
	}
	for name, u := range old {
		if set[name] == nil {
			gone = append(gone, u)
		}
	}
	us.set.Store(&set)
	us.strip(gone)
	return changed, gone
}
