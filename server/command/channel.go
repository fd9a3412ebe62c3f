package command

// ChannelUse tells which arguments of a command are channels, and what is done
// with them. Rights to channels derive from it.
type ChannelUse uint8

const (
	NoChannels   ChannelUse = iota // none are
	PublishTo                      // the first argument is a channel to publish to
	SubscribeTo                    // all arguments are channels to hear from
	SubscribeFit                   // all arguments are patterns of channels to hear from
)

// ChannelArgs are the channels, or patterns of channels, among the arguments of a
// call; the first of them stands at position 1.
func (c *Command) ChannelArgs(args [][]byte) [][]byte {
	switch {
	case c.Channels == NoChannels || len(args) < 2:
		return nil
	case c.Channels == PublishTo:
		return args[1:2]
	}
	return args[1:]
}
