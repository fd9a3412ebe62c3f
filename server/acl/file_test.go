package acl

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "users.acl")
	if err := os.WriteFile(path, []byte(text), 0o640); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestUsersAreLoadedAndSavedAlike(t *testing.T) {
	us := New(table(t))
	path := write(t, "user alice on >pw ~a* +get\r\n\n  user bob off (+set  ~b) \nuser default on nopass ~* &* +@all\n")
	if _, err := us.Load(path); err != nil {
		t.Fatal(err)
	}
	want := "user alice on sanitize-payload #" + pw + " ~a* resetchannels -@all +get\n" +
		"user bob off sanitize-payload resetchannels -@all (~b resetchannels -@all +set)\n" +
		"user default on nopass sanitize-payload ~* &* +@all\n"
	for range 2 {
		if err := us.Save(path); err != nil {
			t.Fatal(err)
		}
		got, _ := os.ReadFile(path)
		if string(got) != want {
			t.Fatalf("saved %s\nwant %s", got, want)
		}
		if _, err := us.Load(path); err != nil {
			t.Fatal(err)
		}
	}
	if st, _ := os.Stat(path); st.Mode().Perm() != 0o640 {
		t.Errorf("the file's mode became %v", st.Mode())
	}
	if left, _ := filepath.Glob(path + ".tmp*"); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestAFileWithFaultsChangesNothingAndTellsAll(t *testing.T) {
	us := New(table(t))
	us.Set("alice", []string{"on"})
	before := us.Lines()
	path := write(t, "user a on +nosuch ~x -@nocat\nalice on\nuser a off\nuser b ~* ~a foo >secret\nuser c (+get\nuser d #secret\nuser\n")
	_, err := us.Load(path)
	if err == nil {
		t.Fatal("no fault")
	}
	want := strings.ReplaceAll("F:1: Error in applying operation '+nosuch': Unknown command or category name in ACL. "+
		"F:1: Error in applying operation '-@nocat': Unknown command or category name in ACL. "+
		"F:2 should start with user keyword followed by the username. "+
		"WARNING: Duplicate user 'a' found on line 3. "+
		"F:4: "+ErrAfterKeys.Error()+". "+
		"F:5: Unmatched parenthesis in selector definition. "+
		"F:6: "+ErrHash.Error()+". "+
		"F:7 should start with user keyword followed by the username. "+
		"WARNING: ACL errors detected, no change to the previously active ACL rules was performed", "F:", path+":")
	if got := err.Error(); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	if got := us.Lines(); strings.Join(got, "\n") != strings.Join(before, "\n") {
		t.Errorf("users are %q", got)
	}
	if _, err := us.Load(path + "x"); err == nil || err.Error() != "Error loading ACLs, opening file '"+path+"x': no such file or directory" {
		t.Error(err)
	}
}

func TestALoadKeepsThoseWhoAreNamedAgain(t *testing.T) {
	us := New(table(t))
	us.Set("alice", []string{"on", "&a"})
	us.Set("bob", []string{"on"})
	us.Set("default", []string{"off"})
	alice, bob, root := us.Lookup("alice"), us.Lookup("bob"), us.Default()
	l, err := us.Load(write(t, "user alice on +get\nuser carol on\n"))
	if err != nil {
		t.Fatal(err)
	}
	if us.Lookup("alice") != alice || us.Default() != root || us.Lookup("bob") != nil {
		t.Error("users are others")
	}
	if len(l.Gone) != 1 || l.Gone[0] != bob {
		t.Errorf("gone: %v", l.Gone)
	}
	if !root.Rules().Unlimited() || !root.Rules().Open() {
		t.Error("a default user that the file does not name is not the unlimited one")
	}
	for _, c := range l.Changed {
		if c.User == alice && !c.Before.LosesChannels(alice.Rules()) {
			t.Error("what alice had before is lost")
		}
	}
}

func TestDeclaredUsersReplaceAndTellFaults(t *testing.T) {
	us := New(table(t))
	us.SetDefaultPassword("x")
	err := us.Declare([][]string{{"default", "on", "nopass", "+get"}, {"a", "on", "(+get", "~k)"}})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"user a on sanitize-payload resetchannels -@all (~k resetchannels -@all +get)",
		"user default on nopass sanitize-payload resetchannels -@all +get",
	}
	if got := us.Lines(); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("users are %q", got)
	}
	err = us.Declare([][]string{{"b", "+nosuch", "#secret"}, {"c", "(a"}, {"d"}, {"d"}, {"e f"}})
	for _, part := range []string{"user b: rule '+nosuch'", "user b: rule 2: ", "user c: a parenthesis", "user d: Duplicate user found", `user "e f"`} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%v does not tell %s", err, part)
		}
	}
	if err != nil && strings.Contains(err.Error(), "secret") {
		t.Errorf("a password is told: %v", err)
	}
}

func TestTheSameRefusalWithinAMinuteIsOneEntry(t *testing.T) {
	var l Log
	l.SetMax(3)
	add := func(object string, at int64) {
		l.Add(Entry{Reason: ByKey, Context: "toplevel", Object: object, Username: "u", Client: "c", Updated: at})
	}
	add("a", 1000)
	add("b", 2000)
	add("a", 61_000)
	got := l.Last(10)
	if len(got) != 2 || got[0].Object != "a" || got[0].Count != 2 || got[0].Created != 1000 || got[0].Updated != 61_000 || got[0].ID != 0 || got[1].ID != 1 {
		t.Errorf("entries %+v %+v", got[0], got[1])
	}
	add("a", 61_000+60_001)
	add("c", 200_000)
	if got = l.Last(10); len(got) != 3 || got[0].Object != "c" || got[1].Object != "a" || got[1].Count != 1 || got[2].Object != "a" {
		t.Errorf("%d entries", len(got))
	}
	if got = l.Last(1); len(got) != 1 || got[0].Object != "c" {
		t.Error("the newest comes first")
	}
	l.Reset()
	if len(l.Last(10)) != 0 || l.Count(ByKey) != 5 || l.Count(ByAuth) != 0 {
		t.Errorf("after a reset: %d refusals counted", l.Count(ByKey))
	}
}
