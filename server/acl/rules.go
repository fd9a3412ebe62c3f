package acl

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"

	"github.com/cachedserver/cached/server/command"
)

// Rules are all that a user may do, and by which passwords. They never change.
type Rules struct {
	enabled   bool
	nopass    bool // any password opens
	trusted   bool // payloads of RESTORE need no close look
	passwords []digest
	selectors []*selector // the first is the user's own, always there
	unlimited bool        // derived: the first allows everything
}

// digest is what is kept and compared of a password: of one length whatever the
// password's, so that comparing tells nothing about it.
type digest [sha256.Size]byte

func (d digest) String() string { return hex.EncodeToString(d[:]) }

// parseDigest reads 64 hexadecimal digits in lower case.
func parseDigest(text string) (d digest, ok bool) {
	if len(text) != 2*len(d) {
		return d, false
	}
	for _, c := range []byte(text) {
		if (c < 'a' || c > 'f') && (c < '0' || c > '9') {
			return d, false
		}
	}
	_, err := hex.Decode(d[:], []byte(text))
	return d, err == nil
}

// newRules are those of a user that was just made: off, and with no rights.
func newRules(table *command.Table, allChannels bool) *Rules {
	return &Rules{selectors: []*selector{newSelector(table, allChannels)}}
}

// clone returns a copy that may be changed.
func (r *Rules) clone() *Rules {
	c := *r
	c.passwords = append([]digest(nil), r.passwords...)
	c.selectors = make([]*selector, len(r.selectors))
	for i, s := range r.selectors {
		c.selectors[i] = s.clone()
	}
	return &c
}

// seal ends the changes of a copy.
func (r *Rules) seal() *Rules {
	r.unlimited = r.selectors[0].unlimited()
	return r
}

// Unlimited says that nothing needs to be checked.
func (r *Rules) Unlimited() bool { return r.unlimited }

// Open says that the user needs no password.
func (r *Rules) Open() bool { return r.nopass && r.enabled }

// NoPassword says that any password is as good as another.
func (r *Rules) NoPassword() bool { return r.nopass }

// Enabled says that clients may become this user.
func (r *Rules) Enabled() bool { return r.enabled }

// Opens tells whether a client with this password may become the user. Its time
// tells nothing about the passwords but their number.
func (r *Rules) Opens(password []byte) bool {
	given := sha256.Sum256(password)
	match := 0
	for i := range r.passwords {
		match |= subtle.ConstantTimeCompare(given[:], r.passwords[i][:])
	}
	return r.enabled && (r.nopass || match == 1)
}
