package acl

import "strings"

// Describe writes the rules so that, read again on a new user, they give the
// same rights; in the form of ACL LIST and of ACL files.
func (r *Rules) Describe() string {
	words := r.Flags()
	for _, p := range r.passwords {
		words = append(words, "#"+p.String())
	}
	for i, s := range r.selectors {
		text := s.describe()
		if i > 0 {
			text = "(" + text + ")"
		}
		words = append(words, text)
	}
	return strings.Join(words, " ")
}

// Flags are the user's switches, in Redis's order.
func (r *Rules) Flags() []string {
	flags := make([]string, 0, 3)
	add := func(on bool, yes, no string) {
		switch {
		case on:
			flags = append(flags, yes)
		case no != "":
			flags = append(flags, no)
		}
	}
	add(r.enabled, "on", "off")
	add(r.nopass, "nopass", "")
	add(r.trusted, "skip-sanitize-payload", "sanitize-payload")
	return flags
}

// Passwords are the digests that open the user, in hex.
func (r *Rules) Passwords() []string {
	list := make([]string, len(r.passwords))
	for i, p := range r.passwords {
		list[i] = p.String()
	}
	return list
}

// Rights describes a selector for ACL GETUSER.
type Rights struct{ Commands, Keys, Channels string }

// Selectors describes the user's selectors; the first is the user's own.
func (r *Rules) Selectors() []Rights {
	list := make([]Rights, len(r.selectors))
	for i, s := range r.selectors {
		list[i] = Rights{s.describeCommands(), s.describeKeys(), s.describeChannels()}
	}
	return list
}

func (s *selector) describe() string {
	var words []string
	if keys := s.describeKeys(); keys != "" {
		words = append(words, keys)
	}
	if !s.allChannels {
		words = append(words, "resetchannels")
	}
	if channels := s.describeChannels(); channels != "" {
		words = append(words, channels)
	}
	return strings.Join(append(words, s.describeCommands()), " ")
}

func (s *selector) describeCommands() string {
	start := "-@all"
	if s.future {
		start = "+@all"
	}
	return strings.Join(append([]string{start}, s.rules...), " ")
}

func (s *selector) describeKeys() string {
	if s.allKeys {
		return "~*"
	}
	words := make([]string, len(s.keys))
	for i, k := range s.keys {
		words[i] = k.String()
	}
	return strings.Join(words, " ")
}

// String writes the rule. Both accesses of * are not "~*", as Redis writes them:
// that means allkeys, behind which no other pattern may be read.
func (k keyPattern) String() string {
	prefix := map[access]string{reads: "%R~", writes: "%W~", reads | writes: "~"}[k.access]
	if prefix == "~" && string(k.pattern) == "*" {
		prefix = "%RW~"
	}
	return prefix + string(k.pattern)
}

func (s *selector) describeChannels() string {
	if s.allChannels {
		return "&*"
	}
	words := make([]string, len(s.channels))
	for i, ch := range s.channels {
		words[i] = "&" + string(ch)
	}
	return strings.Join(words, " ")
}
