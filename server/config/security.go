package config

import "slices"

const aclRemedy = "users are not in this version and an ignored rule would open the server; use requirepass and remove the line"

func securitySettings() []Setting {
	return []Setting{
		{Name: "protected-mode", Kind: Bool(), Default: "yes", Common: true,
			Doc: "Refuses to listen beyond loopback without a password or client certificates."},
		{Name: "requirepass", Kind: Text("a password, or empty for none"), Secret: true, Common: true,
			Doc: "Password that clients must give with AUTH or HELLO; empty asks for none."},
		{Name: "rename-command", Kind: Lines(`a command and its new name, "" to remove it`, 2), FileOnly: true, Fixed: true,
			Doc:     "Gives a command another name, or none.",
			Refused: "commands keep their names here; limit who reaches the server with bind, requirepass and TLS, and remove the line"},
		{Name: "user", Kind: Lines("an ACL user and its rules", 0), FileOnly: true, Fixed: true, Secret: true,
			Doc:     "Declares an ACL user. Only the line that Redis writes for an unlimited default user is accepted.",
			Refused: aclRemedy, Harmless: unlimitedDefaultUser},
		{Name: "aclfile", Kind: Text("a path"), Fixed: true,
			Doc: "File of ACL users.", Refused: aclRemedy},
		{Name: "acl-pubsub-default", Kind: Enum("allchannels", "resetchannels"), Default: "resetchannels",
			Doc: "Channels that a new ACL user may use.", Planned: "users are not in this version"},
		{Name: "acllog-max-len", Kind: Int(0, maxInt64), Default: "128",
			Doc: "Refusals that ACL LOG keeps.", Planned: "users are not in this version"},
		{Name: "enable-protected-configs", Kind: Enum("no", "yes", "local"), Default: "no", Fixed: true,
			Doc: "Whether CONFIG SET may change dir and dbfilename; local is for clients of this machine."},
		{Name: "enable-debug-command", Kind: Enum("no", "yes", "local"), Default: "no", Fixed: true,
			Doc: "Whether DEBUG is served; local is for clients of this machine."},
		{Name: "enable-module-command", Kind: Enum("no", "yes", "local"), Default: "no", Fixed: true,
			Doc: "Whether MODULE may load code.", NoEffect: "there are no modules here"},
		{Name: "loadmodule", Kind: Lines("a path and arguments", 0), FileOnly: true, Fixed: true,
			Doc:     "Loads a Redis module.",
			Refused: "Redis modules are C libraries and cannot be loaded; remove the line and do without the module's commands"},
	}
}

// unlimitedDefaultUser recognises the line of Redis's own CONFIG REWRITE that
// gives the default user every right without a password: it limits nothing.
func unlimitedDefaultUser(v *Value) bool {
	lines, _ := v.parts.([][]string)
	for _, words := range lines {
		rest := slices.DeleteFunc(slices.Clone(words), func(w string) bool { return w == "sanitize-payload" })
		if !slices.Equal(rest, []string{"default", "on", "nopass", "~*", "&*", "+@all"}) {
			return false
		}
	}
	return true
}
