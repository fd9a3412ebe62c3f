package config

func securitySettings() []Setting {
	return []Setting{
		{Name: "protected-mode", Kind: Bool(), Default: "yes", Common: true,
			Doc: "Refuses to listen beyond loopback without a password or client certificates."},
		{Name: "requirepass", Kind: password("a password, or empty for none"), Secret: true, Common: true,
			Doc: "Password that clients must give with AUTH or HELLO; empty asks for none."},
		{Name: "rename-command", Kind: Lines(`a command and its new name, "" to remove it`, 2), FileOnly: true, Fixed: true,
			Doc:     "Gives a command another name, or none.",
			Refused: "commands keep their names here; limit who reaches the server with bind, requirepass and TLS, and remove the line"},
		{Name: "user", Kind: Lines("an ACL user and its rules", 0), FileOnly: true, Fixed: true, Secret: true,
			Doc: "Declares an ACL user, in the words of ACL SETUSER. Not together with aclfile."},
		{Name: "aclfile", Kind: Text("a path"), Fixed: true,
			Doc: "File of ACL users, read at the start and by ACL LOAD, written by ACL SAVE. From dir, unless the path is absolute."},
		{Name: "acl-pubsub-default", Kind: Enum("allchannels", "resetchannels"), Default: "resetchannels",
			Doc: "Channels that a new ACL user may use."},
		{Name: "acllog-max-len", Kind: Int(0, maxInt64), Default: "128",
			Doc: "Refusals that ACL LOG keeps."},
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

type passwordKind struct{ textKind }

// password is one word of any bytes.
func password(hint string) Kind { return passwordKind{textKind{hint}} }

func (passwordKind) parse(words []string, _ env) (*Value, error) {
	w, err := single(words)
	if err != nil {
		return nil, err
	}
	return &Value{text: w, written: w}, nil
}
