package command

// Flags say what a command is and where it may run. The gates of the server, the
// locks of the engine and the flags and ACL categories that COMMAND INFO shows
// all derive from them.
type Flags uint64

const (
	Write           Flags = 1 << iota // may change the keyspace: one way only, Propose
	Read                              // reads keys, never changes them
	DenyOOM                           // may need memory: refused when none can be had
	Admin                             // for operators
	PubSub                            // about channels
	NoScript                          // not from scripts
	Blocking                          // may park the client
	Loading                           // allowed while a snapshot is loaded
	Stale                             // allowed on a replica that lost its leader
	SkipMonitor                       // not shown by MONITOR
	SkipSlowlog                       // not in the slow log: its arguments are secret
	Asking                            // allowed on a slot being imported
	Fast                              // constant or logarithmic time
	NoAuth                            // allowed before AUTH
	MayReplicate                      // not a write, but its effects may be replicated
	NoMandatoryKeys                   // has key arguments, and may be called without
	NoAsyncLoading                    // refused while a replica loads in the background
	NoMulti                           // not inside MULTI
	AllowBusy                         // allowed while a script runs too long
	MovableKeys                       // derived: first/last/step do not tell all keys

	// Protected: for developers; refused unless the configuration allows it.
	Protected
	// AllKeys: may touch keys that its arguments do not name (KEYS, SCAN). No key
	// is locked for it: its store calls lock stripe by stripe, so that it holds
	// nobody up for long.
	AllKeys
	// AtOnce: works on whole databases at one instant (FLUSHALL, SWAPDB). Every
	// stripe is locked for it, for it does little in each.
	AtOnce
	// Touches: marks keys as just used even for a client that asked for NO-TOUCH.
	Touches
	// Unbounded: may run for long; it runs on a worker, never on a network loop.
	Unbounded
)

// flagNames are the names that COMMAND INFO gives, in its order. Flags that are
// not here are ours and stay hidden.
var flagNames = []struct {
	flag Flags
	name string
}{
	{Write, "write"},
	{Read, "readonly"},
	{DenyOOM, "denyoom"},
	{Admin, "admin"},
	{PubSub, "pubsub"},
	{NoScript, "noscript"},
	{Blocking, "blocking"},
	{Loading, "loading"},
	{Stale, "stale"},
	{SkipMonitor, "skip_monitor"},
	{SkipSlowlog, "skip_slowlog"},
	{Asking, "asking"},
	{Fast, "fast"},
	{NoAuth, "no_auth"},
	{MayReplicate, "may_replicate"},
	{NoMandatoryKeys, "no_mandatory_keys"},
	{NoAsyncLoading, "no_async_loading"},
	{NoMulti, "no_multi"},
	{AllowBusy, "allow_busy"},
	{MovableKeys, "movablekeys"},
}

// FlagNames returns the flags as COMMAND INFO names them.
func (f Flags) FlagNames() []string {
	var names []string
	for _, n := range flagNames {
		if f&n.flag != 0 {
			names = append(names, n.name)
		}
	}
	return names
}
