package acl

import (
	"crypto/sha256"
	"errors"
	"slices"
	"strings"

	"github.com/cachedserver/cached/protocol"
	"github.com/cachedserver/cached/server/command"
)

// What may be wrong with a rule, in Redis's words.
var (
	ErrUnknown     = errors.New("Unknown command or category name in ACL")
	ErrSyntax      = errors.New("Syntax error")
	ErrAfterKeys   = errors.New("Adding a pattern after the * pattern (or the 'allkeys' flag) is not valid and does not have any effect. Try 'resetkeys' to start with an empty list of patterns")
	ErrAfterChans  = errors.New("Adding a pattern after the * pattern (or the 'allchannels' flag) is not valid and does not have any effect. Try 'resetchannels' to start with an empty list of channels")
	ErrNoPassword  = errors.New("The password you are trying to remove from the user does not exist")
	ErrHash        = errors.New("The password hash must be exactly 64 characters and contain only lowercase hexadecimal characters")
	ErrSubFirstArg = errors.New("Allowing first-arg of a subcommand is not supported")
)

// changer applies rules to a copy of a user's Rules.
type changer struct {
	table       *command.Table
	allChannels bool // what new selectors may use: acl-pubsub-default
	to          *Rules
}

// apply changes the user by one rule. An empty rule changes nothing.
func (ch changer) apply(rule string) error {
	if rule == "" {
		return nil
	}
	r := ch.to
	switch strings.ToLower(rule) {
	case "on":
		r.enabled = true
	case "off":
		r.enabled = false
	case "skip-sanitize-payload":
		r.trusted = true
	case "sanitize-payload":
		r.trusted = false
	case "nopass":
		r.nopass, r.passwords = true, nil
	case "resetpass":
		r.nopass, r.passwords = false, nil
	case "clearselectors":
		r.selectors = r.selectors[:1]
	case "reset":
		*r = *newRules(ch.table, ch.allChannels)
	default:
		return ch.applySigned(rule)
	}
	return nil
}

// applySigned is for rules that are told by their first byte.
func (ch changer) applySigned(rule string) error {
	switch {
	case strings.IndexByte(">#<!", rule[0]) >= 0:
		return ch.to.password(rule[0], rule[1:])
	case rule[0] == '(' && rule[len(rule)-1] == ')':
		return ch.addSelector(rule[1 : len(rule)-1])
	}
	return ch.grant(ch.to.selectors[0], rule)
}

// password adds (> #) or removes (< !) one, given in clear (> <) or as its
// digest.
func (r *Rules) password(sign byte, text string) error {
	d := digest(sha256.Sum256([]byte(text)))
	if sign == '#' || sign == '!' {
		var ok bool
		if d, ok = parseDigest(text); !ok {
			return ErrHash
		}
	}
	at := slices.Index(r.passwords, d)
	switch adds := sign == '>' || sign == '#'; {
	case adds:
		r.nopass = false
		if at < 0 {
			r.passwords = append(r.passwords, d)
		}
	case at < 0:
		return ErrNoPassword
	default:
		r.passwords = slices.Delete(r.passwords, at, at+1)
	}
	return nil
}

// addSelector reads the rules between parentheses.
func (ch changer) addSelector(text string) error {
	words, ok := protocol.SplitLine(text)
	if !ok {
		return ErrSyntax
	}
	s := newSelector(ch.table, ch.allChannels)
	for _, w := range words {
		if err := ch.grant(s, w); err != nil {
			return err
		}
	}
	ch.to.selectors = append(ch.to.selectors, s)
	return nil
}

// grant changes the rights of a selector.
func (ch changer) grant(s *selector, rule string) error {
	switch strings.ToLower(rule) {
	case "allkeys", "~*":
		s.allKeys, s.keys = true, nil
	case "resetkeys":
		s.allKeys, s.keys = false, nil
	case "allchannels", "&*":
		s.allChannels, s.channels = true, nil
	case "resetchannels":
		s.allChannels, s.channels = false, nil
	case "allcommands", "+@all":
		s.everyCommand(true)
	case "nocommands", "-@all":
		s.everyCommand(false)
	default:
		return ch.grantSigned(s, rule)
	}
	return nil
}

func (ch changer) grantSigned(s *selector, rule string) error {
	switch {
	case rule == "":
		return ErrSyntax
	case rule[0] == '~':
		return s.grantKeys(rule[1:], reads|writes)
	case rule[0] == '%':
		return s.grantAccess(rule[1:])
	case rule[0] == '&':
		return s.grantChannels(rule[1:])
	case strings.HasPrefix(rule, "+@"), strings.HasPrefix(rule, "-@"):
		return ch.grantCategory(s, rule[2:], rule[0] == '+')
	case rule[0] == '+':
		return ch.grantCommand(s, rule[1:])
	case rule[0] == '-':
		return ch.permitNamed(s, rule[1:], false)
	}
	return ErrSyntax
}

func (s *selector) grantKeys(pattern string, a access) error {
	switch {
	case s.allKeys:
		return ErrAfterKeys
	case !plain(pattern):
		return ErrSyntax
	}
	s.addKeys([]byte(pattern), a)
	return nil
}

// grantAccess reads what stands behind the %: R, W or both, ~, and the pattern.
func (s *selector) grantAccess(rule string) error {
	if s.allKeys {
		return ErrAfterKeys
	}
	var a access
	letters, pattern, _ := strings.Cut(rule, "~")
	for _, c := range []byte(strings.ToUpper(letters)) {
		is := map[byte]access{'R': reads, 'W': writes}[c]
		if is == 0 || a&is != 0 {
			return ErrSyntax
		}
		a |= is
	}
	if a == 0 {
		return ErrSyntax
	}
	return s.grantKeys(pattern, a)
}

func (s *selector) grantChannels(pattern string) error {
	switch {
	case s.allChannels:
		return ErrAfterChans
	case !plain(pattern):
		return ErrSyntax
	}
	s.addChannels([]byte(pattern))
	return nil
}

func (ch changer) grantCategory(s *selector, name string, on bool) error {
	cat, ok := command.ParseCategory(name)
	if !ok {
		return ErrUnknown
	}
	s.permitCategory(ch.table, cat, on)
	s.note("@"+name, on)
	return nil
}

// grantCommand allows a command, a subcommand, or a command with one first
// argument, which is written as a subcommand is.
func (ch changer) grantCommand(s *selector, name string) error {
	at := strings.LastIndexByte(name, '|')
	if at < 0 {
		return ch.permitNamed(s, name, true)
	}
	c := ch.table.Find(name[:at])
	switch arg := name[at+1:]; {
	case c == nil:
		return ErrUnknown
	case c.Parent() != nil:
		return ErrSubFirstArg
	case arg == "":
		return ErrSyntax
	case len(c.Subs()) > 0 && !ch.unlisted(c, name):
		return ch.permitNamed(s, name, true)
	default:
		s.permitFirstArg(c, arg)
		s.note(name, true)
		return nil
	}
}

// unlisted tells whether a subcommand is none of ours and yet may be named in
// rules: DEBUG's are mere arguments in Redis, where rules for it were written.
func (ch changer) unlisted(c *command.Command, name string) bool {
	return c.Is(command.Protected) && ch.table.Find(name) == nil
}

func (ch changer) permitNamed(s *selector, name string, on bool) error {
	c := ch.table.Find(name)
	if c == nil {
		return ErrUnknown
	}
	s.permit(c, on)
	s.note(c.FullName(), on)
	return nil
}

// plain tells whether a name or pattern has no blanks and no zero bytes: such a
// one could not be written in a file.
func plain(text string) bool {
	return !strings.ContainsAny(text, " \t\n\v\f\r\x00")
}

// joinSelectors puts a selector that was given as several words together. bad is
// the word with a parenthesis that is never closed, "" if there is none.
func joinSelectors(words []string) (rules []string, bad string) {
	open := -1
	for i, w := range words {
		switch {
		case open >= 0:
			if strings.HasSuffix(w, ")") {
				rules = append(rules, strings.Join(words[open:i+1], " "))
				open = -1
			}
		case strings.HasPrefix(w, "(") && !strings.HasSuffix(w, ")"):
			open = i
		default:
			rules = append(rules, w)
		}
	}
	if open >= 0 {
		return nil, words[open]
	}
	return rules, ""
}
