package config

import (
	"errors"
	"fmt"
	"io"
	"strings"
)

// Report is what cached check-config says.
type Report struct {
	Subject  string // the file as named
	Faults   Faults
	Warnings []string
}

// Check reads a command line as serve would, without starting anything. further
// are checks of what others make of the settings, once these are right.
func Check(args, environ []string, stdin io.Reader, further ...func(*Config) error) Report {
	c := New()
	r := Report{Subject: "configuration"}
	if len(args) > 0 && !strings.HasPrefix(args[0], "--") {
		r.Subject = args[0]
	}
	errors.As(c.Load(args, environ, stdin), &r.Faults)
	for _, check := range further {
		if len(r.Faults) == 0 {
			r.Faults = faultsOf(check(c))
		}
	}
	r.Warnings = c.Warnings()
	return r
}

// faultsOf makes a fault of each line of an error that is none of ours.
func faultsOf(err error) (faults Faults) {
	if err == nil || errors.As(err, &faults) {
		return faults
	}
	for line := range strings.Lines(err.Error()) {
		faults = append(faults, Fault{Problem: strings.TrimSpace(line)})
	}
	return faults
}

// ExitCode is 1 when the server would not start. Warnings do not count.
func (r Report) ExitCode() int {
	if len(r.Faults) > 0 {
		return 1
	}
	return 0
}

// String returns the report: a line each, the verdict last.
func (r Report) String() string {
	var b strings.Builder
	for _, f := range r.Faults {
		fmt.Fprintln(&b, "fault:   "+f.Error())
	}
	for _, w := range r.Warnings {
		fmt.Fprintln(&b, "warning: "+w)
	}
	verdict := "ok"
	if len(r.Faults) > 0 {
		verdict = count(len(r.Faults), "fault")
	}
	if len(r.Warnings) > 0 {
		verdict += ", " + count(len(r.Warnings), "warning")
	}
	fmt.Fprintf(&b, "%s: %s\n", r.Subject, verdict)
	return b.String()
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
