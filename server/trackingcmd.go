package server

import (
	"strings"

	"github.com/cachedserver/cached/protocol"
	"github.com/cachedserver/cached/server/command"
)

func (s *session) clientTracking(c *command.Call) {
	t, err := s.readTracker(c.Args[3:])
	if err == nil {
		switch mode := c.Args[2]; {
		case equalFold(mode, "ON"):
			err = s.startTracking(t)
		case equalFold(mode, "OFF"):
			s.srv.untrack(s)
		default:
			err = protocol.ErrSyntax
		}
	}
	if err != nil {
		c.Out.Error(err)
		return
	}
	c.Out.OK()
}

// readTracker reads the options of CLIENT TRACKING.
func (s *session) readTracker(args [][]byte) (t *tracker, err error) {
	t = new(tracker)
	for ; len(args) > 0; args = args[1:] {
		switch word := args[0]; {
		case equalFold(word, "REDIRECT") && len(args) > 1:
			if args = args[1:]; t.redirect != 0 {
				return nil, errTwoRedirects
			}
			id, ok := protocol.ParseInt(args[0])
			if !ok {
				return nil, protocol.ErrNotInteger
			}
			if id <= 0 || s.srv.session(uint64(id)) == nil {
				return nil, errNoRedirect
			}
			t.redirect = uint64(id)
		case equalFold(word, "PREFIX") && len(args) > 1:
			args = args[1:]
			t.prefixes = append(t.prefixes, string(args[0]))
		case equalFold(word, "BCAST"):
			t.bcast = true
		case equalFold(word, "OPTIN"):
			t.optIn = true
		case equalFold(word, "OPTOUT"):
			t.optOut = true
		case equalFold(word, "NOLOOP"):
			t.noLoop = true
		default:
			return nil, protocol.ErrSyntax
		}
	}
	return t, nil
}

// startTracking begins to track, or changes how.
func (s *session) startTracking(t *tracker) error {
	old := s.tracker.Load()
	switch {
	case !t.bcast && len(t.prefixes) > 0:
		return errPrefixAlone
	case old != nil && old.bcast != t.bcast:
		return errSwitchBcast
	case t.bcast && (t.optIn || t.optOut):
		return errOptBcast
	case t.optIn && t.optOut:
		return errOptBoth
	case old != nil && (old.optIn && t.optOut || old.optOut && t.optIn):
		return errSwitchOpt
	}
	if t.bcast {
		if err := t.addPrefixes(old); err != nil {
			return err
		}
	}
	s.srv.track(s, t)
	return nil
}

// addPrefixes joins the new prefixes, of which none may contain another, with
// those that the session has. None at all means every key.
func (t *tracker) addPrefixes(old *tracker) error {
	for i, p := range t.prefixes {
		if old != nil {
			for _, q := range old.prefixes {
				if strings.HasPrefix(p, q) || strings.HasPrefix(q, p) {
					return errPrefixOld(p, q)
				}
			}
		}
		for _, q := range t.prefixes[i+1:] {
			if strings.HasPrefix(p, q) || strings.HasPrefix(q, p) {
				return errPrefixNew(p, q)
			}
		}
	}
	if len(t.prefixes) == 0 {
		t.prefixes = append(t.prefixes, "")
	}
	if old != nil {
		t.prefixes = append(t.prefixes, old.prefixes...)
	}
	return nil
}

func (s *session) clientCaching(c *command.Call) {
	t := s.tracker.Load()
	if t == nil {
		c.Out.Error(errCaching)
		return
	}
	switch word := c.Args[2]; {
	case equalFold(word, "YES") && t.optIn:
		t.caching = cachingYes
	case equalFold(word, "YES"):
		c.Out.Error(errCachingYes)
		return
	case equalFold(word, "NO") && t.optOut:
		t.caching = cachingNo
	case equalFold(word, "NO"):
		c.Out.Error(errCachingNo)
		return
	default:
		c.Out.Error(protocol.ErrSyntax)
		return
	}
	c.Out.OK()
}

func (s *session) clientGetRedir(c *command.Call) { c.Out.Int(s.redirectsTo()) }

// redirectsTo is the client that gets the session's invalidations: 0 itself, -1
// it does not track.
func (s *session) redirectsTo() int64 {
	t := s.tracker.Load()
	if t == nil {
		return -1
	}
	return int64(t.redirect)
}

func (s *session) clientTrackingInfo(c *command.Call) {
	t := s.tracker.Load()
	c.Out.Map(3)
	c.Out.BulkString("flags")
	flags := []string{"off"}
	var prefixes []string
	if t != nil {
		flags, prefixes = s.trackingFlags(t), t.prefixes
	}
	c.Out.Set(len(flags))
	for _, f := range flags {
		c.Out.BulkString(f)
	}
	c.Out.BulkString("redirect")
	c.Out.Int(s.redirectsTo())
	c.Out.BulkString("prefixes")
	c.Out.Array(len(prefixes))
	for _, p := range prefixes {
		c.Out.BulkString(p)
	}
}

func (s *session) trackingFlags(t *tracker) []string {
	all := []struct {
		set  bool
		name string
	}{
		{true, "on"}, {t.bcast, "bcast"},
		{t.optIn, "optin"}, {t.optIn && t.caching == cachingYes, "caching-yes"},
		{t.optOut, "optout"}, {t.optOut && t.caching == cachingNo, "caching-no"},
		{t.noLoop, "noloop"}, {s.redirectIsBroken(t), "broken_redirect"},
	}
	var names []string
	for _, f := range all {
		if f.set {
			names = append(names, f.name)
		}
	}
	return names
}

func (s *session) redirectIsBroken(t *tracker) bool {
	return t.redirect != 0 && s.srv.session(t.redirect) == nil
}
