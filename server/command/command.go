package command

// Command is one row of the table. The exported fields are what its author
// writes; NewTable checks them and fills in what follows from them.
type Command struct {
	Name       string // upper case; of a subcommand only its own word ("ENCODING")
	Group      string // "string", "generic", "server"... as COMMAND DOCS names it
	Since      string // Redis version that brought it
	Complexity string
	Syntax     string // the arguments after the name, in the notation of syntax.go
	Summary    string // one sentence

	Flags    Flags
	Keys     []KeySpec
	Channels ChannelUse // rights to channels that a call needs
	// Beyond is set where a call may read keys that it does not name. It refuses
	// such a call, for a user who may not read every key.
	Beyond func(args [][]byte) error
	// Arity counts the name; negative means "at least". The author leaves it 0
	// unless Syntax cannot tell it; in a Table it is always set.
	Arity      int
	Categories Category // ACL categories that group and flags do not give
	Tips       []string // hints for clients and proxies, as in COMMAND INFO
	Notes      []string // for docs/commands.md: limits, differences from Redis

	Deprecated string // Redis version since which it is deprecated
	Instead    string // what to use then

	Sub []Command // of a container; a container itself runs only if Run is set
	Run func(*Call)

	full   string // lower case, with the container: "object|encoding"
	parent *Command
	id     int
	args   []Arg // parsed Syntax
	subs   []*Command
	keyPos int // position of the only key; 0 when there is none or not just one
}

// FullName is the lower-case name with the container's before it, as in
// "object|encoding".
func (c *Command) FullName() string { return c.full }

// Parent is the container of a subcommand, else nil.
func (c *Command) Parent() *Command { return c.parent }

// ID is the command's place in its table: 0 <= ID < Table.Len(), the same for
// every start of the same binary. Figures and other tables may be indexed by it.
func (c *Command) ID() int { return c.id }

// Subs are a container's subcommands, by name.
func (c *Command) Subs() []*Command { return c.subs }

// Args is the tree that Syntax stands for.
func (c *Command) Args() []Arg { return c.args }

// Accepts says whether n arguments, name included, satisfy the arity.
func (c *Command) Accepts(n int) bool {
	if c.Arity < 0 {
		return n >= -c.Arity
	}
	return n == c.Arity
}

// Is says whether all the flags are set.
func (c *Command) Is(f Flags) bool { return c.Flags&f == f }

// sub finds a subcommand by its own word.
func (c *Command) sub(word []byte) *Command {
	for _, s := range c.subs {
		if equalFold(word, s.Name) {
			return s
		}
	}
	return nil
}

// Data returns the rows of all commands that work on data.
func Data() []Command {
	var all []Command
	for _, family := range [][]Command{
		stringCommands, stringRangeCommands, counterCommands, lcsCommands,
		genericCommands, expireCommands, scanCommands, objectCommands,
		databaseCommands, dumpCommands,
		bitmapCommands, bitfieldCommands, blockingCommands,
		geoCommands,
		hashCommands, hashTTLCommands,
		hllCommands,
		listCommands, listRangeCommands,
		zsetCommands, zsetRangeCommands, zsetAlgebraCommands,
		setCommands, setAlgebraCommands, sortCommands,
		streamCommands, streamGroupCommands, streamInfoCommands, streamReadCommands,
	} {
		all = append(all, family...)
	}
	return all
}
